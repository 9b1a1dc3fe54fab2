//! Runs of two keys against a list of each.

use super::Blocks;
use proptest::prelude::*;

/// What is done to the runs of one of two keys.
#[derive(Debug, Clone)]
enum Act {
    Push,
    /// A copy of the run at that place, as far as there is one.
    Insert(usize),
    /// The first ones go.
    Expire(usize),
    /// Those whose number of this many bits is even go.
    Retain(u32),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => Just(Act::Push),
        1 => (0_usize..40).prop_map(Act::Insert),
        4 => (0_usize..6).prop_map(Act::Expire),
        1 => (0_u32..4).prop_map(Act::Retain),
    ]
}

proptest! {
    #[test]
    fn runs_stay_in_the_order_of_their_starts(
        acts in prop::collection::vec((0_usize..2, act()), 1..400),
        words in 4_usize..10,
    ) {
        const MOST: usize = 60;
        let mut blocks = Blocks::new(MOST, 2, words, 1, true);
        let heads = [7, 8].map(|key| blocks.add(&[key, 0, 0, 0]).expect("room for two keys"));
        let mut known = [const { Vec::<Vec<u64>>::new() }; 2];
        for (next, (key, act)) in acts.into_iter().enumerate() {
            let (head, full) = (heads[key], known.iter().map(Vec::len).sum::<usize>() == MOST);
            let runs = &mut known[key];
            match act {
                Act::Push if !full => {
                    let run: Vec<u64> = (0..words as u64).map(|at| next as u64 + at).collect();
                    let place = blocks.push(head, MOST).expect("room for so many");
                    blocks.pushed(place).copy_from_slice(&run);
                    runs.push(run);
                }
                Act::Insert(at) if at < runs.len() && !full => {
                    let mut run = runs[at].clone();
                    run[1] += 1;
                    prop_assert!(blocks.insert(head, &run));
                    let behind = runs.partition_point(|other| other[0] <= run[0]);
                    runs.insert(behind, run);
                }
                Act::Expire(count) => {
                    let mut left = count;
                    let len = blocks.drop_while(head, |_| {
                        left = left.wrapping_sub(1);
                        left != usize::MAX
                    });
                    runs.drain(..count.min(runs.len()));
                    prop_assert_eq!(len, runs.len());
                }
                Act::Retain(bit) => {
                    blocks.retain(head, |run| run[0] >> bit & 1 == 1);
                    runs.retain(|run| run[0] >> bit & 1 == 1);
                }
                Act::Push | Act::Insert(_) => {}
            }
            for (head, runs) in heads.iter().zip(&known) {
                let mut place = blocks.begin(*head);
                prop_assert_eq!(blocks.len(*head), runs.len());
                for run in runs {
                    prop_assert_eq!(blocks.run(place), &run[..]);
                    place = blocks.after(place);
                }
            }
        }
    }
}
