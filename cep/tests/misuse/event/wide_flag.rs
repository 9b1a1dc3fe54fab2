use bytemuck::{Pod, Zeroable};
use tourbillon_cep::event::Event;

#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Tick {
    #[event(time)]
    ts: u64,
    #[event(flag)]
    auction: u64,
}

fn main() {}
