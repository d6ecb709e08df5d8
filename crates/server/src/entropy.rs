//! The one place that draws randomness: a seed for each command and a number for each request.

use stepwell_services::entropy::Seed;

/// 32 bytes from the operating system.
#[must_use]
pub fn seed() -> Seed {
    let mut seed = [0; 32];
    // A host that can't give random bytes can't make a secret: better no server than a guessable one.
    getrandom::fill(&mut seed).expect("the operating system gives random bytes");
    seed
}
