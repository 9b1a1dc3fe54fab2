//! Derived columns as text.

use std::fmt;

use super::column::{Column, Decay, Frame, WindowAggregate};
use super::condition::Condition;
use super::display_expr::Names;
use super::duration::Duration;
use crate::lang::Identifier;

impl Names<'_> {
    pub(super) fn column(&self, f: &mut fmt::Formatter<'_>, column: &Column) -> fmt::Result {
        write!(f, "{} AS {}(", Identifier(&column.name), column.aggregate.name())?;
        match column.aggregate.field() {
            Some(field) => write!(f, "{}", self.field(field))?,
            None => f.write_str("*")?,
        }
        match column.aggregate {
            WindowAggregate::Vwap { quantity, .. } => write!(f, ", {}", self.field(quantity))?,
            WindowAggregate::Ewma(_, Decay::Newest(weight)) => write!(f, ", {weight}")?,
            WindowAggregate::Ewma(_, Decay::HalfLife(time)) => write!(f, ", {}", Duration(time))?,
            _ => {}
        }
        f.write_str(")")?;
        if column.filter != Condition::always() {
            f.write_str(" FILTER (WHERE ")?;
            self.condition(f, &column.filter)?;
            f.write_str(")")?;
        }
        f.write_str(" OVER (")?;
        for (i, field) in column.partition_by.iter().enumerate() {
            write!(f, "{} {}", if i == 0 { " PARTITION BY" } else { "," }, self.field(*field))?;
        }
        write!(f, "{} )", column.frame)
    }
}

impl fmt::Display for Frame {
    /// As it stands in a text, behind a blank; nothing for all events.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::Range(time) => write!(f, " RANGE {}", Duration(*time)),
            Self::Rows(rows) => write!(f, " ROWS {rows}"),
            Self::Tumble(time) => write!(f, " TUMBLE {}", Duration(*time)),
            Self::TumbleRows(rows) => write!(f, " TUMBLE {rows} EVENTS"),
        }
    }
}
