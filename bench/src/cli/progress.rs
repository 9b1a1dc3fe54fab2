//! Progress on standard error, for whatever takes longer than two seconds.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of `steps` steps with the time that is left; plain silence where nobody watches.
pub(crate) fn steps(steps: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr_with_hz(4));
    let style = "{bar:24} {pos}/{len}  {msg:<32} {elapsed} of about {duration}";
    bar.set_style(ProgressStyle::with_template(style).expect("a sound template"));
    bar
}

/// A line that moves while something of unknown length goes on.
pub(crate) fn spinner(message: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
    bar.set_message(message.to_owned());
    // Drawing takes a thread that wakes up; twice a second does not disturb what is measured.
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
