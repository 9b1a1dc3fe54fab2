//! Model: each event goes to exactly one worker of a group, and an idle one holds nobody back.

use loom::thread;

use crate::explore::{BACK, RACE, WRONG, check, must_fail, must_fail_without, must_hold, push};
use crate::ring::{Node, Reader, Writer};

type Workers = [Reader<u64>; 2];

fn workers(writer: &mut Writer<u64>, chunk: usize) -> Workers {
    let workers = writer.roster().workers(&[Node::HEAD], 2, chunk, &writer.roster().hold());
    workers.try_into().ok().expect("two workers")
}

/// The sequences that a worker got in `polls` looks.
fn work(reader: &mut Reader<u64>, polls: usize) -> Vec<u64> {
    let mut got = Vec::new();
    for _ in 0..polls {
        let count = reader.available();
        if count > 0 {
            check(reader, count);
            got.extend(reader.next()..reader.next() + count as u64);
            reader.release(count);
        }
    }
    got
}

fn exactly_once(mut got: Vec<u64>, published: u64) {
    got.sort_unstable();
    assert_eq!(got, (0..published).collect::<Vec<_>>(), "what was taken {WRONG}");
}

/// Three events through two slots, one event to a claim.
pub(crate) fn two_workers() {
    let mut writer = Writer::<u64>::new(2);
    let working = workers(&mut writer, 1).map(|mut worker| {
        thread::spawn(move || {
            let got = work(&mut worker, 1);
            (worker, got)
        })
    });
    for _ in 0..3 {
        push(&mut writer);
    }
    let mut all = Vec::new();
    for working in working {
        let (mut worker, got) = working.join().expect("the worker ends");
        all.extend(got);
        all.extend(work(&mut worker, 3));
    }
    exactly_once(all, writer.next());
}

/// One worker is slow: it keeps what it has claimed while the other goes on, and the writer does
/// not write there.
pub(crate) fn a_slow_worker() {
    let mut writer = Writer::<u64>::new(2);
    let [mut slow, mut quick] = workers(&mut writer, 1);
    assert!(push(&mut writer) && push(&mut writer), "an empty ring has room for two");
    assert_eq!(slow.available(), 1);
    let slow = thread::spawn(move || {
        let got = work(&mut slow, 1);
        (slow, got)
    });
    let quick = thread::spawn(move || {
        let got = work(&mut quick, 2);
        (quick, got)
    });
    for _ in 0..2 {
        push(&mut writer);
    }
    let (mut slow, mut all) = slow.join().expect("the slow worker ends");
    let (mut quick, got) = quick.join().expect("the quick worker ends");
    all.extend(got);
    all.extend(work(&mut quick, 3));
    all.extend(work(&mut slow, 3));
    exactly_once(all, writer.next());
}

/// Who only looks, and finds that others have taken all, lets the writer go on.
fn idle(look: fn(&mut Reader<u64>)) {
    let mut writer = Writer::<u64>::new(2);
    let [mut idle, mut busy] = workers(&mut writer, 2);
    let idle = thread::spawn(move || {
        let got = work(&mut idle, 2);
        (idle, got)
    });
    let busy = thread::spawn(move || {
        let got = work(&mut busy, 1);
        (busy, got)
    });
    push(&mut writer);
    push(&mut writer);
    let (mut idle, mut all) = idle.join().expect("the idle worker ends");
    let (mut busy, got) = busy.join().expect("the busy worker ends");
    all.extend(got);
    all.extend(work(&mut busy, 2));
    look(&mut idle);
    assert_eq!(writer.refresh(), 2, "room that {WRONG}");
    exactly_once(all, 2);
}

pub(crate) fn an_idle_worker() {
    idle(|worker| assert_eq!(worker.available(), 0));
}

/// One worker has the first event in hand, the other is done with the second: who follows the group
/// gets the first one at most.
fn followed(after: fn([Node; 2]) -> Vec<Node>) {
    let mut writer = Writer::<u64>::new(2);
    let workers = writer.roster().workers(&[Node::HEAD], 2, 1, &writer.roster().hold());
    let [mut slow, mut quick]: Workers = workers.try_into().ok().expect("two workers");
    let (near, far) = (slow.node(), quick.node());
    let (_, mut follower) = writer.reader(&after([near, far]));
    assert!(push(&mut writer) && push(&mut writer), "an empty ring has room for two");
    assert_eq!(slow.available(), 1);
    let slow = thread::spawn(move || work(&mut slow, 1));
    assert_eq!(work(&mut quick, 1), [1]);
    let ready = follower.available();
    check(&follower, ready);
    assert!(ready <= 1, "{ready} events are ready, which {WRONG}");
    assert_eq!(slow.join().expect("the slow worker ends"), [0]);
}

pub(crate) fn a_followed_group() {
    followed(Vec::from);
}

#[test]
fn each_event_goes_to_one_worker() {
    must_hold("two workers", 9_000, two_workers);
}

#[test]
fn a_slow_worker_keeps_what_it_has() {
    must_hold("a slow worker", 1_200, a_slow_worker);
}

#[test]
fn an_idle_worker_holds_nobody_back() {
    must_hold("an idle worker", 2_950, an_idle_worker);
}

#[test]
fn who_follows_a_group_waits_for_all_of_it() {
    must_hold("a followed group", 6, a_followed_group);
}

#[test]
fn an_idle_worker_that_does_not_look_is_caught() {
    must_fail("idle without a look", WRONG, || idle(|_| {}));
}

#[test]
fn following_one_worker_alone_is_caught() {
    must_fail("one worker followed", WRONG, || followed(|[_, quick]| vec![quick]));
}

#[test]
fn an_unordered_claim_is_caught() {
    must_fail_without("claim", BACK, an_idle_worker);
}

#[test]
fn an_unordered_look_at_the_claims_is_caught() {
    must_fail_without("claimed", BACK, an_idle_worker);
}

#[test]
fn an_unordered_release_by_a_worker_is_caught() {
    must_fail_without("release", RACE, a_slow_worker);
}
