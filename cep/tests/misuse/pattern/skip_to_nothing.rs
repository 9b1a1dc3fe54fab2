use bytemuck::{Pod, Zeroable};
use tourbillon_cep::builder::pattern;
use tourbillon_cep::event::Event;

#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Tick {
    #[event(time)]
    ts: u64,
    price: i64,
    qty: u32,
    #[event(symbols(BUY = 1, SELL = 2))]
    side: u32,
}

pattern! {
    pub wrong FROM Tick MATCH_RECOGNIZE (
        AFTER MATCH SKIP TO LAST upp
        PATTERN ( base -> up )
        WITHIN 50 US
    )
}

fn main() {}
