//! The one source of chance: a seed and nothing else. SplitMix64, which is small, fast, and the same everywhere.

/// An endless row of numbers from one seed.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw().checked_rem(end).unwrap_or(0)
    }

    /// A number from `first` to `last`, both included.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// An index into something of this length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// Whether something happens that happens `per_million` times in a million.
    pub fn chance(&mut self, per_million: u32) -> bool {
        self.below(1_000_000) < u64::from(per_million)
    }

    /// Whether something happens that happens so often in a hundred times.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.chance(percent * 10_000)
    }

    /// One of them.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }

    /// A pause around `mean_ms`: mostly shorter, sometimes several times as long.
    pub fn pause(&mut self, mean_ms: u64) -> u64 {
        let base = self.between(1, mean_ms);
        if self.percent(15) { base + self.below(mean_ms * 5) } else { base }
    }

    /// Another source, so that what one part draws doesn't move the others.
    pub fn fork(&mut self) -> Self {
        Self::new(self.draw())
    }

    /// A seed for a command.
    pub fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        for piece in seed.chunks_mut(8) {
            piece.copy_from_slice(&self.draw().to_be_bytes());
        }
        seed
    }
}
