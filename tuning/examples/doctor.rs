//! Examines this machine for one thread that spins on core 1, and prints what it finds.

use tourbillon_tuning::{BuildProfile, Context, Sysroot, doctor};

fn main() {
    let context = Context {
        spinning_threads: 1,
        hot_cores: vec![1],
        allocator: "system",
        profile: BuildProfile { debug_assertions: cfg!(debug_assertions), ..Default::default() },
        ..Default::default()
    };
    let report = doctor(&Sysroot::host(), &context);
    for finding in &report.findings {
        println!("{:4}  {:32}  {}", finding.severity, finding.title, finding.found);
        if !finding.fix.is_empty() {
            println!("{:40}fix: {}", "", finding.fix);
        }
    }
    println!("\ngrade {:?} ({})", report.grade, report.grade_reason);
    println!("may claim {}", report.grade.may_claim());
    if let Some(next) = report.next {
        println!("biggest win next: {next}");
    }
}
