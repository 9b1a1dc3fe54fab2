//! Which stage runs on which thread, and which thread on which core. Pure: no thread is started
//! here.

use std::collections::BTreeMap;

use crate::error::BuildError;

/// What a stage asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) core: Option<usize>,
    pub(crate) group: Option<usize>,
}

/// A thread to be: its core, and its stages in topological order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Thread {
    pub(crate) core: Option<usize>,
    pub(crate) stages: Vec<usize>,
}

/// Spreads stages, given in topological order, over at most `limit` threads.
///
/// Stages of one group share a thread, as do stages of one core. The others fill what threads are
/// left, in runs, so that a hop between neighbours stays on its thread where it can; if none is
/// left they join the last.
///
/// # Errors
/// If a group asks for two cores. The limit is not checked here: groups and cores are express
/// wishes and may exceed it.
pub(crate) fn place(requests: &[Request], limit: usize) -> Result<Vec<Thread>, BuildError> {
    let group_cores = group_cores(requests)?;
    let mut threads: Vec<Thread> = Vec::new();
    let mut thread_of: BTreeMap<(Option<usize>, Option<usize>), usize> = BTreeMap::new();
    let mut free = Vec::new();
    for (stage, request) in requests.iter().enumerate() {
        let core = request.core.or_else(|| group_cores.get(&request.group?).copied());
        if core.is_none() && request.group.is_none() {
            free.push(stage);
            continue;
        }
        // A core is one thread whatever the group: two on one core only take turns.
        let key = (core, if core.is_some() { None } else { request.group });
        let thread = *thread_of.entry(key).or_insert_with(|| {
            threads.push(Thread { core, stages: Vec::new() });
            threads.len() - 1
        });
        threads[thread].stages.push(stage);
    }
    spread(&free, limit, &mut threads);
    Ok(threads)
}

fn group_cores(requests: &[Request]) -> Result<BTreeMap<usize, usize>, BuildError> {
    let mut cores = BTreeMap::new();
    for request in requests {
        if let Request { core: Some(core), group: Some(group) } = *request {
            let first = *cores.entry(group).or_insert(core);
            if first != core {
                return Err(BuildError::CoreConflict { group, first, second: core });
            }
        }
    }
    Ok(cores)
}

fn spread(free: &[usize], limit: usize, threads: &mut Vec<Thread>) {
    let places = limit.saturating_sub(threads.len()).min(free.len());
    if places > 0 {
        let mut runs: Vec<Thread> = vec![Thread::default(); places];
        for (index, &stage) in free.iter().enumerate() {
            runs[index * places / free.len()].stages.push(stage);
        }
        threads.extend(runs);
    } else if !free.is_empty() {
        if threads.is_empty() {
            threads.push(Thread::default());
        }
        let last = threads.last_mut().expect("one was added if there was none");
        last.stages.extend(free);
        last.stages.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Request = Request { core: None, group: None };

    fn on_core(core: usize) -> Request {
        Request { core: Some(core), ..FREE }
    }

    fn in_group(group: usize) -> Request {
        Request { group: Some(group), ..FREE }
    }

    fn stages(requests: &[Request], limit: usize) -> Vec<Vec<usize>> {
        let threads = place(requests, limit).expect("no conflict");
        threads.into_iter().map(|thread| thread.stages).collect()
    }

    #[test]
    fn free_stages_fill_the_threads_in_runs() {
        assert_eq!(stages(&[FREE; 5], 2), [vec![0, 1, 2], vec![3, 4]]);
        assert_eq!(stages(&[FREE; 2], 8), [vec![0], vec![1]]);
        assert_eq!(stages(&[FREE; 3], 0), [vec![0, 1, 2]]);
    }

    #[test]
    fn groups_and_cores_come_first() {
        let requests = [FREE, in_group(7), on_core(1), in_group(7), FREE];
        assert_eq!(stages(&requests, 3), [vec![1, 3], vec![2], vec![0, 4]]);
        // No thread is left: the free stages join the last, in topological order.
        assert_eq!(stages(&requests, 1), [vec![1, 3], vec![0, 2, 4]]);
    }

    #[test]
    fn one_core_is_one_thread_and_a_groups_core_counts_for_all_of_it() {
        let both = Request { core: Some(1), group: Some(7) };
        let requests = [in_group(7), both, on_core(1)];
        let thread = Thread { core: Some(1), stages: vec![0, 1, 2] };
        assert_eq!(place(&requests, 4).expect("no conflict"), [thread]);
    }

    #[test]
    fn a_group_on_two_cores_is_refused() {
        let on = |core| Request { core: Some(core), group: Some(7) };
        let error = place(&[on(0), on(1)], 4).expect_err("two cores");
        assert!(matches!(error, BuildError::CoreConflict { group: 7, first: 0, second: 1 }));
    }
}
