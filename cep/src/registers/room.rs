//! Where room comes from when a limit is reached.

use bytemuck::Pod;

use super::layout::{START, TIME};
use super::limits::{Full, Limit};
use super::matcher::Matcher;
use crate::overflow::Overflow;

impl<E: Pod> Matcher<E> {
    /// Makes room for what an event of the key in `head`, which has `len` runs, may need.
    #[inline(always)]
    pub(super) fn make_room(
        &mut self,
        (head, len): (u32, usize),
        admitted: u64,
        time: u64,
        sequence: u64,
    ) -> Result<(), Full> {
        let starts = if admitted & self.plan.starts != 0 { self.plan.states[0].len() } else { 0 };
        let most = len * self.plan.takes + starts;
        if self.arena.room() >= most && self.blocks.free().0 >= most && !self.stops {
            return Ok(());
        }
        self.find_room(head, most, starts, (time, sequence))
    }

    /// `most` is how many events may be bound.
    #[cold]
    fn find_room(
        &mut self,
        head: u32,
        most: usize,
        starts: usize,
        (time, sequence): (u64, u64),
    ) -> Result<(), Full> {
        let refuse = |limit: Limit, name, full: bool| match limit.overflow {
            Overflow::Stop if full => Err(Full { sequence, limit: name, most: limit.most }),
            _ => Ok(()),
        };
        let limits = self.limits;
        let copied = if self.plan.copies { most } else { starts };
        let of_key = self.blocks.len(head) + copied > limits.runs_per_key.most;
        refuse(limits.runs_per_key, "runs_per_key", of_key)?;
        let matches = self.outputs.held.len() + most > limits.matches.most;
        refuse(limits.matches, "matches", matches)?;
        let links = most.min(self.arena.most());
        if self.arena.room() < links {
            self.arena.expire(time, self.plan.window);
            // What is kept beside a link moves with it.
            let events = &mut self.outputs.events;
            self.arena.grow(links, |from, to| {
                if !events.is_empty() {
                    events[to] = events[from];
                }
            });
        }
        while self.arena.room() < links && self.forget_oldest(head, time, limits.bound.overflow) {}
        refuse(limits.bound, "bound", self.arena.room() < links)?;
        let blocks = self.blocks.blocks_of(copied);
        if self.blocks.free().0 < blocks {
            self.sweep(head, time);
        }
        while self.blocks.free().0 < blocks && self.forget_oldest(head, time, limits.runs.overflow)
        {
        }
        refuse(limits.runs, "runs", self.blocks.free().0 < blocks)
    }

    /// Makes room for a key.
    #[cold]
    pub(super) fn free_key(&mut self, time: u64, sequence: u64) -> Result<(), Full> {
        let limit = self.limits.keys;
        self.sweep(super::blocks::NONE, time);
        let full = |matcher: &Self| matcher.blocks.free().0.min(matcher.blocks.free().1) == 0;
        while full(self) && self.forget_oldest(super::blocks::NONE, time, limit.overflow) {}
        if full(self) && limit.overflow == Overflow::Stop {
            return Err(Full { sequence, limit: "keys", most: limit.most });
        }
        Ok(())
    }

    /// Drops what is over at `time` from all keys, if it is worth looking.
    fn sweep(&mut self, head: u32, time: u64) {
        self.patience = self.patience.saturating_sub(1);
        if self.patience > 0 {
            return;
        }
        self.patience = self.limits.keys.most / 8;
        for at in self.blocks.all() {
            if self.blocks.is_head(at) {
                self.drop_over(at, time);
                if at != head {
                    self.blocks.forget_if_empty(at);
                }
            }
        }
    }

    fn drop_over(&mut self, head: u32, time: u64) {
        let Self { blocks, plan, cut, .. } = self;
        let lives =
            |run: &mut [u64]| time.saturating_sub(run[TIME]) < plan.window && run[START] >= *cut;
        blocks.retain(head, lives);
    }

    /// Forgets the oldest link, and with it the runs and the held matches that began with it;
    /// `false` if there is none, or it must stay. The key in `head` stays.
    fn forget_oldest(&mut self, head: u32, time: u64, overflow: Overflow) -> bool {
        let Some(oldest) = self.arena.oldest() else { return false };
        if let Some(key) = oldest.root().filter(|key| self.blocks.is_head(*key)) {
            self.drop_over(key, time);
            let start = oldest.sequence;
            let lives = self.blocks.first_start(key) == Some(start);
            let held = |it: &super::outputs::Output| it.head == key && it.start == start;
            let waits = self.outputs.held.iter().any(held);
            if (lives || waits) && overflow != Overflow::DropOldest {
                return false;
            }
            if lives {
                self.counts.runs_lost += self.blocks.drop_first(key) as u64;
                self.blocks.truncate(key);
                if !self.outputs.held.is_empty() {
                    // What waited for it may go now.
                    self.held_until = 0;
                }
                self.lost_at = Some(time);
            }
            if waits {
                let Self { outputs, blocks, counts, .. } = self;
                outputs.held.retain(|it| {
                    let gone = held(it);
                    if gone {
                        counts.matches_lost += 1;
                        blocks.truncate(key);
                        blocks.let_go(key);
                    }
                    !gone
                });
            }
            if key != head {
                self.blocks.forget_if_empty(key);
            }
        }
        self.arena.forget();
        true
    }
}
