//! How often something is asked for that no one tells us of: at once after news, then ever less often, up to twice a second.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(500);

pub struct Pace {
    next: Duration,
}

impl Pace {
    pub fn new() -> Pace {
        Pace { next: SHORTEST }
    }

    /// There was news, so more may come soon.
    pub fn quicken(&mut self) {
        self.next = SHORTEST;
    }

    pub async fn pause(&mut self) {
        tokio::time::sleep(self.step()).await;
    }

    fn step(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 3 / 2).min(LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound_and_begin_anew() {
        let mut pace = Pace::new();
        let pauses = (0..20).map(|_| pace.step()).collect::<Vec<_>>();
        assert!(pauses.is_sorted() && pauses[0] == SHORTEST && pauses[19] == LONGEST);
        pace.quicken();
        assert_eq!(pace.step(), SHORTEST);
    }
}
