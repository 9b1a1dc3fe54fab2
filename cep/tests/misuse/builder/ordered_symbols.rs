#![allow(unused_imports)]

use tourbillon_cep::builder::{any_event, not_for, prev, step, Part, Single, Units};
use tourbillon_cep::event::{Field, Symbol};

const PRICE: Field<[u64; 2], i64> = Field::new("price");
const SIDE: Field<[u64; 2], Symbol> = Field::new("side");

fn main() {
    let a: Part<_, Single> = step("a", PRICE.gt(prev(PRICE)));
    let b = step("b", SIDE.eq("BUY"));
    let _ = a.then(b).then(step("c", SIDE.lt("BUY")));
}
