use bytemuck::{Pod, Zeroable};
use tourbillon_cep::event::Event;

#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Tick {
    #[event(time)]
    sent: u64,
    #[event(time)]
    received: u64,
}

fn main() {}
