//! Why an event did or did not match: told from a run of the pattern up to that event.
//!
//! Whatever matcher the planner takes, this runs the pattern run by run ([`crate::forked`]), which
//! finds the same matches and has each partial match to show. It is meant for one event at a time,
//! and to be read.

mod condition;
mod seen;

use std::fmt::Write as _;

use bytemuck::Pod;

use super::order::absence;
use crate::forked::{BuildError, Edge, Found, Kind, Limits, Matcher, Stopped, Wait, Waiting};
use crate::ir::{Contiguity, Duration, Ir, Order, Selection, Skip, StepId};
use condition::Tested;
use seen::Seen;

/// Most partial matches that are shown.
const SHOWN: usize = 8;
/// Most outputs before the event that are shown.
const EARLIER: usize = 3;

/// Something that came out.
struct Out<E> {
    /// The event that let it out, and its time.
    at: u64,
    time: u64,
    kind: Kind,
    bound: Vec<(StepId, u64, E)>,
}

/// Why the event at `sequence` of `events`, which are called 0, 1, 2, ..., did or did not match
/// `ir`: the values that conditions compared, the partial matches that waited and for what, the
/// windows that had closed, what came out, and what limits dropped. `None` if there is no such
/// event.
///
/// # Errors
///
/// If the pattern cannot be run.
///
/// # Panics
///
/// If `E` is not the type of the pattern's schema.
pub fn why<E: Pod>(ir: &Ir, events: &[E], sequence: u64) -> Result<Option<String>, BuildError> {
    let Some(event) = usize::try_from(sequence).ok().and_then(|at| events.get(at)) else {
        return Ok(None);
    };
    let mut account = Account::new(ir, *event, sequence)?;
    for (at, event) in (0..).zip(&events[..sequence as usize]) {
        account.pass(at, event);
    }
    Ok(Some(account.tell(&events[sequence as usize + 1..])))
}

struct Account<'a, E> {
    ir: &'a Ir,
    matcher: Matcher<E>,
    event: E,
    sequence: u64,
    now: u64,
    /// The events of its key so far.
    rows: Vec<E>,
    /// What came out for its key so far.
    out: Vec<Out<E>>,
    stopped: Option<Stopped>,
}

impl<'a, E: Pod> Account<'a, E> {
    fn new(ir: &'a Ir, event: E, sequence: u64) -> Result<Self, BuildError> {
        // Those that time out are to be told of, reported or not.
        let reporting = Ir { emit_timeouts: true, ..ir.clone() };
        let matcher = Matcher::new(&reporting, Limits::default())?;
        let (rows, out) = (Vec::new(), Vec::new());
        Ok(Self { ir, matcher, event, sequence, now: 0, rows, out, stopped: None })
    }

    fn time(&self, event: &E) -> u64 {
        self.ir.schema.raw(self.ir.schema.time()).bits(event)
    }

    fn same_key(&self, event: &E) -> bool {
        let mut fields = self.ir.partition_by.iter().map(|field| self.ir.schema.raw(*field));
        fields.all(|field| field.bits(event) == field.bits(&self.event))
    }

    fn is_seen(&self, event: &E) -> bool {
        let (Some(kinds), Some(field)) = (&self.ir.kinds, self.ir.schema.kind()) else {
            return true;
        };
        let field = self.ir.schema.raw(field);
        kinds.contains(&(i128::from(field.number(event)) + field.bias()))
    }

    fn pass(&mut self, at: u64, event: &E) {
        if self.time(event) < self.now {
            return;
        }
        let time = self.time(event);
        self.now = time;
        let mut out = Vec::new();
        let pushed = self.matcher.push(at, event, &mut |found: &Found<'_, E>| {
            let bound = found.bindings().map(|(step, id, event)| (step, id, *event));
            out.push(Out { at, time, kind: found.kind(), bound: bound.collect() });
        });
        self.stopped = self.stopped.or(pushed.err());
        out.retain(|out| out.bound.first().is_some_and(|(_, _, first)| self.same_key(first)));
        self.out.extend(out);
        if self.is_seen(event) && self.same_key(event) {
            self.rows.push(*event);
        }
    }

    /// Of its event, given those after it.
    fn tell(mut self, later: &[E]) -> String {
        let mut text = self.heading();
        let event = self.event;
        if self.time(&event) < self.now {
            let _ = writeln!(text, "\nit is late: an event before it is later. It is left out.");
            return text;
        }
        if !self.is_seen(&event) {
            let _ = writeln!(text, "\nits kind is not one of KINDS: it is not there at all.");
            return text;
        }
        let (before, rows) = (self.matcher.waiting(&event), self.rows.clone());
        let earlier = self.out.len();
        self.pass(self.sequence, &event);
        let after = self.matcher.waiting(&event);
        self.earlier(&mut text, &self.out[..earlier]);
        self.closed(&mut text, &self.out[earlier..]);
        self.beginning(&mut text, &rows);
        self.waiting(&mut text, &before, &rows);
        self.outcome(&mut text, &self.out[earlier..], &before, &after);
        self.held(&mut text, later);
        text
    }

    /// Tells of a match that it completes, but that comes out later.
    fn held(mut self, text: &mut String, later: &[E]) {
        let held = self.ir.skip != Skip::None && self.ir.order == Order::Leftmost;
        if !held && self.ir.selection != Selection::LongestPerStart {
            return;
        }
        let told = self.out.len();
        let completed = |out: &Out<E>, sequence| {
            out.kind == Kind::Match && out.bound.last().is_some_and(|last| last.1 == sequence)
        };
        for (at, event) in (self.sequence + 1..).zip(later) {
            self.pass(at, event);
            let fresh = &self.out[told..];
            if let Some(out) = fresh.iter().find(|out| completed(out, self.sequence)) {
                let _ = writeln!(text, "  complete, and held back for others that began earlier:");
                self.say(text, out);
                return;
            }
        }
    }

    fn heading(&self) -> String {
        let schema = &self.ir.schema;
        let mut text = format!("event {} of stream {}", self.sequence, schema.name());
        let seen = Seen { bound: &[], event: &self.event, own: None, rows: &self.rows };
        for field in self.ir.partition_by.iter().copied() {
            let value = condition::field(self.ir, field, &seen);
            let _ = write!(text, ", {} = {value}", schema.field(field).name());
        }
        let key = if self.ir.partition_by.is_empty() { "" } else { " of its key" };
        let _ = writeln!(text, ", after {}{key}", self.rows.len());
        for field in condition::fields(self.ir) {
            let value = condition::field(self.ir, field, &seen);
            let _ = writeln!(text, "  {:<16} {value}", schema.field(field).name());
        }
        text
    }

    /// What came out for its key before it.
    fn earlier(&self, text: &mut String, out: &[Out<E>]) {
        let _ = writeln!(text, "\nbefore it");
        if out.is_empty() {
            let _ = writeln!(text, "  nothing came out for its key, and nothing timed out");
        }
        for out in out.iter().rev().take(EARLIER).rev() {
            self.say(text, out);
        }
    }

    /// What its time closed.
    fn closed(&self, text: &mut String, out: &[Out<E>]) {
        for out in out.iter().filter(|out| out.kind == Kind::TimedOut) {
            self.say(text, out);
        }
    }

    fn say(&self, text: &mut String, out: &Out<E>) {
        let Out { at, kind, bound, .. } = out;
        let bound_text = self.bound(bound);
        let _ = match kind {
            Kind::Match => writeln!(text, "  match {bound_text}, out at event {at}"),
            Kind::TimedOut => {
                writeln!(text, "  closed at event {at}: {bound_text}: {}", self.cause(out))
            }
        };
    }

    /// What had closed when a partial match timed out.
    fn cause(&self, Out { time, bound, .. }: &Out<E>) -> String {
        let mut gaps = false;
        self.ir.pattern.visit_links(&mut |link| gaps |= link.gap.is_some());
        let window = self.ir.window;
        let first = bound.first().map_or(0, |(_, _, event)| self.time(event));
        let closes = window.time.map(|time| (time, first.saturating_add(time)));
        let mut told = match (closes.filter(|(_, closes)| closes <= time), window.events) {
            (Some((time, closes)), _) => {
                format!("its window of {} closed at {closes}", Duration(time))
            }
            (None, Some(events)) => format!("its window of {events} events was full"),
            (None, None) => return "a gap was over".to_owned(),
        };
        if gaps {
            told += ", unless a gap was over before";
        }
        told
    }

    fn bound(&self, bound: &[(StepId, u64, E)]) -> String {
        let each = bound.iter().map(|(step, id, _)| format!("{}={id}", self.ir.step(*step).name));
        each.collect::<Vec<_>>().join(" ")
    }

    /// Can a match begin with it?
    fn beginning(&self, text: &mut String, rows: &[E]) {
        for step in self.ir.pattern.first_bound().iter() {
            let seen = Seen { bound: &[], event: &self.event, own: Some(step), rows };
            let _ = writeln!(text, "\nas {}, the first of a match", self.ir.step(step).name);
            let _ = write!(text, "{}", Tested::new(self.ir, step, &seen));
        }
    }

    /// What each partial match that waited makes of it.
    fn waiting(&self, text: &mut String, before: &[Waiting<E>], rows: &[E]) {
        let closed = |waiting: &&Waiting<E>| {
            let over = |wait: &Wait| wait.deadline.is_some_and(|at| at <= self.now);
            !waiting.waits.iter().all(over)
        };
        let open: Vec<_> = before.iter().filter(closed).collect();
        let _ = writeln!(text, "\npartial matches that wait: {}", open.len());
        if open.len() > SHOWN {
            let _ = writeln!(text, "  the {SHOWN} that began last:");
        }
        for waiting in &open[open.len().saturating_sub(SHOWN)..] {
            let _ = writeln!(text, "\n  {}", self.bound(&waiting.bound));
            for wait in &waiting.waits {
                self.wait(text, waiting, wait, rows);
            }
        }
    }

    fn wait(&self, text: &mut String, waiting: &Waiting<E>, wait: &Wait, rows: &[E]) {
        let ir = self.ir;
        let Edge { step, link, absent, barred, .. } = &wait.edge;
        let what = match (step, link) {
            (Some(step), Contiguity::Strict) => format!("{} next", ir.step(*step).name),
            (Some(step), Contiguity::Next) => ir.step(*step).name.clone(),
            (Some(step), Contiguity::Any) => format!("any {}", ir.step(*step).name),
            (None, _) => "the end of an absence".to_owned(),
        };
        let _ = write!(text, "    waits for {what}");
        if let Some(left) = wait.deadline.and_then(|at| at.checked_sub(self.now)) {
            let _ = write!(text, ", for {} more", Duration(left));
        }
        if let Some(room) = wait.room {
            let _ = write!(text, ", {room} more events");
        }
        text.push('\n');
        let seen = |own| Seen { bound: &waiting.bound, event: &self.event, own, rows };
        if let Some(step) = step {
            let _ = write!(text, "{}", Tested::new(ir, *step, &seen(Some(*step))).within());
        }
        for (step, extent) in absent {
            let _ = writeln!(text, "      {}:", absence(ir, *step, *extent));
            let _ = write!(text, "{}", Tested::new(ir, *step, &seen(None)).within());
        }
        for step in barred {
            let tested = Tested::new(ir, *step, &seen(Some(*step)));
            if tested.holds() {
                let name = &ir.step(*step).name;
                let _ = writeln!(text, "      barred: it can be {name}, which comes first");
            }
        }
    }

    fn outcome(
        &self,
        text: &mut String,
        out: &[Out<E>],
        before: &[Waiting<E>],
        after: &[Waiting<E>],
    ) {
        let _ = writeln!(text, "\nwhat came of it");
        let matches: Vec<_> = out.iter().filter(|out| out.kind == Kind::Match).collect();
        for out in &matches {
            self.say(text, out);
        }
        if matches.is_empty() {
            let _ = writeln!(text, "  no match came out");
        }
        let ids = |waiting: &Waiting<E>| -> Vec<(StepId, u64)> {
            waiting.bound.iter().map(|(step, id, _)| (*step, *id)).collect()
        };
        let there = |all: &[Waiting<E>], one: &Waiting<E>| all.iter().any(|it| ids(it) == ids(one));
        let bound_it = |one: &&Waiting<E>| one.bound.last().is_some_and(|it| it.1 == self.sequence);
        for waiting in after.iter().filter(bound_it) {
            let _ = writeln!(text, "  it is bound: {} waits now", self.bound(&waiting.bound));
        }
        let gone = before.iter().filter(|one| !there(after, one));
        let _ = writeln!(text, "  partial matches that wait no more: {}", gone.count());
        let dropped = self.matcher.dropped().total();
        let _ = match self.stopped {
            Some(stopped) => writeln!(text, "  a limit was reached: {stopped}"),
            None if dropped > 0 => {
                writeln!(text, "  limits have dropped {dropped} partial matches or matches so far")
            }
            None => writeln!(text, "  no limit was reached"),
        };
    }
}
