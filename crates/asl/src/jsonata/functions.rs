//! The functions that AWS adds to JSONata: `$partition`, `$range`, `$hash`, `$parse`, `$random` and `$uuid`.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#transforming-data-functions>

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use stepwell_jsonata::{Error, HostFunction};

use crate::intrinsic::{self, JavaRandom};

/// Items that `$range` makes at most, as `States.ArrayRange` does.
const MOST_ITEMS: f64 = 1000.0;

/// What draws on the evaluation's own seed.
pub(super) const RANDOM: [&str; 2] = ["random", "uuid"];

type Arguments<'a> = &'a [Option<Value>];
type Given = Result<Option<Value>, Box<Error>>;

static FUNCTIONS: LazyLock<Vec<(&str, HostFunction)>> = LazyLock::new(|| {
    vec![
        ("partition", host("partition", "<an:a>", partition)),
        ("range", host("range", "<nnn:x>", range)),
        ("hash", host("hash", "<s-s:s>", hash)),
        ("parse", host("parse", "<s-:x>", parse)),
    ]
});

fn host(name: &'static str, signature: &str, run: fn(Arguments) -> Given) -> HostFunction {
    HostFunction::new(name, Some(signature), run).expect("the signatures of the table can be read")
}

pub(super) fn named(name: &str) -> Option<&'static HostFunction> {
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| function)
}

/// The functions of [`RANDOM`] for one evaluation.
pub(super) fn random(seed: u64) -> [HostFunction; 2] {
    let (first, second) = (AtomicU64::new(seed), AtomicU64::new(!seed));
    let random = move |arguments: Arguments| {
        let drawn = match arguments.first().and_then(Option::as_ref).and_then(Value::as_f64) {
            // A seed gives the number that Java draws from it.
            Some(seed) => JavaRandom::new(seed as i64).double(),
            None => (draw(&first) >> 11) as f64 / (1u64 << 53) as f64,
        };
        Ok(Some(drawn.into()))
    };
    let uuid = move |_: Arguments| Ok(Some(intrinsic::uuid_of(draw(&second), draw(&second)).into()));
    [
        HostFunction::new("random", Some("<n?:n>"), random).expect("the signature can be read"),
        HostFunction::new("uuid", Some("<:s>"), uuid).expect("the signature can be read"),
    ]
}

/// The next of a sequence of numbers (splitmix64).
fn draw(state: &AtomicU64) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut mixed = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// `$partition(array, size)`
fn partition(arguments: Arguments) -> Given {
    let [Some(Value::Array(items)), Some(size)] = arguments else { return Ok(None) };
    let size = size.as_f64().map(f64::round).filter(|size| *size >= 1.0);
    let Some(size) = size else {
        return Err(refused("the size of a partition must be a positive integer"));
    };
    // A size beyond any array is the whole array.
    let chunks = items.chunks(size.min(items.len().max(1) as f64) as usize);
    Ok(Some(chunks.map(|chunk| Value::from(chunk.to_vec())).collect()))
}

/// `$range(first, last, step)`, the last included.
fn range(arguments: Arguments) -> Given {
    let numbers: Option<Vec<f64>> =
        arguments.iter().map(|number| number.as_ref().and_then(Value::as_f64)).collect();
    let Some([first, last, step]) = numbers.as_deref() else { return Ok(None) };
    let (first, last, step) = (first.round(), last.round(), step.round());
    if step == 0.0 {
        return Err(refused("the step of a range must not be zero"));
    }
    let steps = ((last - first) / step).floor();
    if steps + 1.0 > MOST_ITEMS {
        return Err(refused("a range has at most 1000 items"));
    }
    // Fewer than none is none.
    let count = (steps + 1.0).max(0.0) as i64;
    let (first, step) = (first as i64, step as i64);
    let mut items: Vec<Value> =
        (0..count).map(|index| first.saturating_add(step.saturating_mul(index)).into()).collect();
    // A sequence: AWS gives the one item of `$range(1, 9, 9)`, not an array.
    Ok(Some(if items.len() == 1 { items.remove(0) } else { items.into() }))
}

/// `$hash(data, algorithm)`
fn hash(arguments: Arguments) -> Given {
    let [Some(Value::String(data)), Some(Value::String(algorithm))] = arguments else { return Ok(None) };
    match intrinsic::digest(data.as_bytes(), algorithm) {
        Some(digest) => Ok(Some(digest.into())),
        None => Err(refused("the algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512")),
    }
}

/// `$parse(text)`: JSON. What is read is data, so arrays of one item stay arrays.
fn parse(arguments: Arguments) -> Given {
    let [Some(Value::String(text))] = arguments else { return Ok(None) };
    crate::jackson::parse(text).map(Some).map_err(|error| refused(&error.to_string()))
}

/// JSONata's code for a function that fails.
fn refused(why: &str) -> Box<Error> {
    Error::custom("D3121", why)
}
