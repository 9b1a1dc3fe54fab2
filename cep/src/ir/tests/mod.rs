//! Properties of the typed pattern, each against a definition that is slow and plain.

mod arithmetic;
mod form;
mod magnitude;

use std::mem::offset_of;
use std::sync::Arc;

use crate::schema::{FieldType, Schema, SchemaField};

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Event {
    time: u64,
    cents: i64,
    count: u32,
    mills: i16,
    small: u8,
    signed: i8,
    float: f64,
}

/// `cents` has two decimals, `mills` three.
fn schema() -> Arc<Schema> {
    let field = SchemaField::new;
    Schema::builder::<Event>("test")
        .field(field("time", FieldType::U64, offset_of!(Event, time)))
        .field(field("cents", FieldType::I64, offset_of!(Event, cents)).decimals(2))
        .field(field("count", FieldType::U32, offset_of!(Event, count)))
        .field(field("mills", FieldType::I16, offset_of!(Event, mills)).decimals(3))
        .field(field("small", FieldType::U8, offset_of!(Event, small)))
        .field(field("signed", FieldType::I8, offset_of!(Event, signed)))
        .field(field("float", FieldType::F64, offset_of!(Event, float)))
        .time("time")
        .build()
        .expect("a sound schema")
}
