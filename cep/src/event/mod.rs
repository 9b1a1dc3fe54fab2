//! Event types of one's own: a `#[repr(C)]` struct whose schema and typed fields are derived.
//!
//! ```
//! use bytemuck::{Pod, Zeroable};
//! use tourbillon_cep::event::Event;
//!
//! #[derive(Event, Clone, Copy, Pod, Zeroable)]
//! #[repr(C)]
//! #[event(name = "trades")]
//! struct Trade {
//!     #[event(time)]
//!     ts: u64,
//!     #[event(decimals = 4)]
//!     price: i64,
//!     quantity: u32,
//!     #[event(symbols(BUY = 1, SELL = 2))]
//!     side: u8,
//!     #[event(flag)]
//!     auction: u8,
//!     #[event(skip)]
//!     padding: [u8; 2],
//! }
//!
//! let schema = Trade::schema();
//! assert_eq!(schema.name(), "trades");
//! assert_eq!(Trade::PRICE.name(), "price");
//! assert_eq!(schema.field(schema.find("price").unwrap()).scale(), 4);
//! ```
//!
//! What does not fit is refused by the compiler, which names the field and the cure.

mod field;
#[doc(hidden)]
pub mod layout;

use std::sync::Arc;

use bytemuck::Pod;

use crate::schema::Schema;

pub use field::{Field, Holds, Number, Symbol, Truth};
pub use tourbillon_cep_macros::Event;

/// A plain event with a time, which patterns can be about. Derive it.
pub trait Event: Pod {
    /// What its fields are called, where they lie, and what their numbers mean; always the same.
    fn schema() -> Arc<Schema>;
}
