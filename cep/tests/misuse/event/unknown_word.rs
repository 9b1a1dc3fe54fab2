use bytemuck::{Pod, Zeroable};
use tourbillon_cep::event::Event;

#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Tick {
    #[event(time)]
    ts: u64,
    #[event(decimal = 4)]
    price: i64,
}

fn main() {}
