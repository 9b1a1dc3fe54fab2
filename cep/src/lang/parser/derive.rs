//! `DERIVE`: columns in front of a pattern.

use super::super::ast::{Derivation, Expr, Name};
use super::super::code::Code;
use super::{Parsed, Parser, Spanned};
use crate::ir::Frame;

impl Parser<'_, '_, '_> {
    /// The derived columns, if there are any.
    pub(super) fn derive(&mut self) -> Parsed<Vec<Derivation>> {
        if self.eats_word("DERIVE") { self.list(Self::derivation) } else { Ok(Vec::new()) }
    }

    fn derivation(&mut self) -> Parsed<Derivation> {
        let name = self.name()?;
        self.word("AS")?;
        let aggregate = self.primary()?;
        if !matches!(aggregate.node, Expr::Call { .. }) {
            return self.fail(
                Code::E002,
                aggregate.span,
                "expected an aggregate",
                "this aggregates nothing",
                "write `VWAP(price, quantity) OVER (RANGE 1 S)`, say",
            );
        }
        let mut filter = None;
        if self.eats_word("FILTER") {
            self.symbol("(")?;
            self.word("WHERE")?;
            filter = Some(self.condition()?);
            self.symbol(")")?;
        }
        self.word("OVER")?;
        self.symbol("(")?;
        let partition_by = self.partition()?;
        let order_by = self.order()?;
        let frame = self.frame()?;
        if !self.eats(")") {
            return self.no_frame();
        }
        Ok(Derivation { name, aggregate, filter, partition_by, order_by, frame })
    }

    fn partition(&mut self) -> Parsed<Vec<Name>> {
        if !self.eats_word("PARTITION") {
            return Ok(Vec::new());
        }
        self.word("BY")?;
        self.list(Self::name)
    }

    fn order(&mut self) -> Parsed<Option<Name>> {
        if !self.eats_word("ORDER") {
            return Ok(None);
        }
        self.word("BY")?;
        let name = self.name()?;
        self.eats_word("ASC");
        Ok(Some(name))
    }

    fn frame(&mut self) -> Parsed<Option<Spanned<Frame>>> {
        let start = self.span();
        let frame = if self.eats_word("RANGE") {
            Frame::Range(self.duration()?)
        } else if self.eats_word("ROWS") {
            Frame::Rows(self.count()?)
        } else if self.eats_word("TUMBLE") {
            if self.is_word_at(1, "EVENTS") {
                let events = self.count()?;
                self.advance();
                Frame::TumbleRows(events)
            } else {
                Frame::Tumble(self.duration()?)
            }
        } else {
            return Ok(None);
        };
        Ok(Some(Spanned::new(frame, self.since(start))))
    }

    /// Says what a window may be, to those who write SQL's frames out.
    fn no_frame<T>(&mut self) -> Parsed<T> {
        if self.is_word("PRECEDING") || self.is_word("BETWEEN") {
            let help = "windows end with the event, which is in them: `RANGE 1 S` are those less \
                        than 1 s older, `ROWS 10` the last ten";
            let what = "a frame with two ends is not supported";
            return self.fail(Code::E005, self.span(), what, "", help);
        }
        self.unexpected("`RANGE`, `ROWS`, `TUMBLE` or `)`")
    }
}
