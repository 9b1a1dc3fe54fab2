use bytemuck::{Pod, Zeroable};
use tourbillon_cep::event::Event;

#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Tick {
    #[event(time)]
    ts: u64,
    #[event(decimals = 4)]
    price: f64,
}

fn main() {}
