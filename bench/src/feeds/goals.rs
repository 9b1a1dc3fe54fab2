//! What was promised of feeds.

use super::{apply, book, decode, journal, packets};
use crate::contenders::goals::{self, Promise, at_most, over, rate};
use crate::contenders::{Metric, Series};
use crate::report::contenders::Goal;

const PROMISES: [Promise; 16] = [
    rate(decode::NAME, decode::OURS, 120.0),
    over(decode::NAME, decode::OURS, decode::ITCH5, 1.0),
    over(decode::NAME, decode::OURS, decode::ITCHY, 1.0 / 2.5),
    rate(journal::WRITE, journal::TO_MEMORY, 10.0),
    rate(journal::WRITE, journal::TO_FILE, 10.0),
    rate(journal::READ, journal::AGAIN, 200.0),
    over(book::DAY, book::OURS, book::MAPS, 1.0),
    over(book::DAY, book::OURS, book::HFTBACKTEST, 1.0),
    over(book::DEEP, book::OURS, book::MAPS, 1.0),
    over(book::DEEP, book::OURS, book::HFTBACKTEST, 1.0),
    at_most(apply::DAY, book::OURS, Metric::P50, 60.0),
    at_most(apply::DAY, book::OURS, Metric::P99_9, 500.0),
    at_most(apply::DEEP, book::OURS, Metric::P99_9, 500.0),
    at_most(packets::STEADY, packets::RECVMMSG, Metric::P99_9, 10_000.0),
    at_most(packets::STEADY, packets::RECVMMSG, Metric::Ours, 1_000.0),
    at_most(packets::BURST, packets::RECVMMSG, Metric::Dropped, 0.0),
];

/// Every goal of the scenarios that were measured.
pub(crate) fn judge(all: &[Series]) -> Vec<Goal> {
    goals::judge(&PROMISES, all)
}
