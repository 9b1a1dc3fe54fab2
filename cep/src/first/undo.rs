//! The end of a transaction: everything stays, or everything is as before.

use super::runs::NIL;
use super::state::State;

impl State {
    /// Makes everything since the journal was opened final.
    pub(crate) fn commit(&mut self) {
        for run in self.journal.take_freed() {
            self.runs.recycle(run);
        }
        self.journal.close();
    }

    /// Puts everything back as it was when the journal was opened.
    pub(crate) fn rollback(&mut self) {
        self.found.clear();
        let Self { runs, partitions, journal, tally, .. } = self;
        for (run, node) in journal.nodes() {
            runs.restore(run, node);
        }
        for run in journal.take_allocated() {
            if !runs.is_free(run) {
                runs.recycle(run);
            }
        }
        for slot in partitions.slots() {
            if journal.has_seen(partitions.get(slot)) {
                partitions.set_list(slot, (NIL, NIL));
            }
        }
        // Keys that came in the meantime make room for those that have been swept out.
        partitions.sweep();
        for &(key, list) in journal.lists() {
            let slot = partitions.find_or_insert(key).expect("what was there fits");
            partitions.set_list(slot, list);
        }
        let (before, live) = journal.before();
        *tally = before;
        runs.set_live(live);
        journal.close();
    }
}
