use stepwell_jsonata::*;
fn main() {
    let text = std::env::args().nth(1).unwrap();
    let t = std::time::Instant::now();
    let r = Expression::parse(&text).map_err(Failure::Error).and_then(|e| {
        let t = std::time::Instant::now();
        let r = e.evaluate(&(), Limits { steps: 1_000_000, bytes: 16 << 20, depth: 2_000 });
        eprintln!("eval {:?}", t.elapsed());
        r
    });
    let s = format!("{r:?}");
    eprintln!("{:?} {:.300}", t.elapsed(), s);
}
