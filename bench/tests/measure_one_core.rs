//! A process confined to one core, as by `taskset`: nothing that needs two may hang or break out.
//!
//! In a program of its own, since the cores of a process are asked for once.

use tourbillon_bench::measure::{
    clock::Clock,
    cpu::{self, PinError},
    floor::{self, Class},
};

#[test]
fn one_core_is_respected() {
    let all = core_affinity::get_core_ids().expect("this platform tells its cores");
    assert!(core_affinity::set_for_current(all[0]), "the core is ours");
    assert_eq!(cpu::cores(), [all[0].id]);

    let clock = Clock::monotonic();
    for other in &all {
        let floor = floor::probe(clock, (cpu::cores()[0], other.id), 1_000);
        assert_eq!(floor.class, Class::SingleCore);
    }
    let beyond = all[0].id + 1;
    assert_eq!(cpu::pin(beyond), Err(PinError { core: beyond }));
}
