use bytemuck::{Pod, Zeroable};
use tourbillon_cep::event::Event;

#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Tick {
    #[event(time)]
    ts: u64,
    side: u8,
    pad: [u8; 7],
}

fn main() {}
