use tourbillon_cep::event::Event;

#[derive(Event, Clone, Copy)]
struct Tick {
    #[event(time)]
    ts: u64,
}

fn main() {}
