use bytemuck::{Pod, Zeroable};
use tourbillon_cep::event::Event;

#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Tick {
    ts: u64,
}

fn main() {}
