//! Wrong schemas are refused with the field and the reason.

use super::{FieldType, Schema, SchemaBuilder, SchemaField};

fn builder() -> SchemaBuilder {
    Schema::builder::<[u64; 2]>("ticks").field(SchemaField::new("ts", FieldType::U64, 0)).time("ts")
}

#[test]
fn mistakes_are_named() {
    let field = |stored, offset| SchemaField::new("x", stored, offset);
    let cases = [
        (builder().field(SchemaField::new("ts", FieldType::U8, 8)), "is there twice"),
        (builder().field(field(FieldType::U32, 13)), "does not lie inside the event"),
        (builder().field(field(FieldType::U64, usize::MAX)), "does not lie inside the event"),
        (builder().field(field(FieldType::I64, 8).decimals(19)), "has more than 18 decimals"),
        (builder().field(field(FieldType::F64, 8).decimals(2)), "is no integer, so it has"),
        (
            builder().field(field(FieldType::Bool, 8).symbols([("A", 1)])),
            "is no integer, so it has",
        ),
        (builder().field(field(FieldType::U8, 8).decimals(1).symbols([("A", 1)])), "and symbols"),
        (builder().field(field(FieldType::I64, 8)).time("x"), "must be an u64 of nanoseconds"),
        (builder().time("when"), "no field 'when', which is to be its time"),
        (builder().kind("what"), "no field 'what', which is to be its kind"),
        (Schema::builder::<[u64; 2]>("ticks"), "has no time"),
        (Schema::builder::<u32>("ticks"), "has events of 4 bytes"),
    ];
    for (builder, expected) in cases {
        let error = builder.build().expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn fields_are_found_and_read() {
    let price = SchemaField::new("price", FieldType::I32, 12).decimals(4);
    let side = SchemaField::new("side", FieldType::U8, 8).symbols([("SELL", 2), ("BUY", 1)]);
    let schema = builder().field(price).field(side).kind("side").build().expect("sound");
    let (price, side) = (schema.find("price").expect("there"), schema.kind().expect("there"));
    assert_eq!(schema.field(price).scale(), 4);
    let symbols = schema.field(side).symbol_table().expect("there");
    assert_eq!((symbols.code("BUY"), symbols.code("buy")), (Some(1), None));
    assert_eq!((symbols.name(2), symbols.name(3)), (Some("SELL"), None));
    assert_eq!(symbols.names().collect::<Vec<_>>(), ["BUY", "SELL"]);
    let mut event = [0_u64; 2];
    bytemuck::bytes_of_mut(&mut event)[12..16].copy_from_slice(&(-5_i32).to_ne_bytes());
    assert_eq!(schema.raw(price).number(&event), -5);
    assert_eq!(schema.range(side), Some((0, 255)));
    assert_eq!(schema.find("qty"), None);
}
