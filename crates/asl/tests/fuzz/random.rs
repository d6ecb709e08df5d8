//! Random numbers from a seed, and texts made with them.

/// By SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn one_of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len())]
    }

    /// Noise, pieces in a row, a text of the corpus with mistakes, or one that is made by the grammar.
    pub fn text(
        &mut self,
        corpus: &[String],
        pieces: &[&str],
        made: fn(&mut Random, usize, &mut String),
    ) -> String {
        match self.below(10) {
            0 => {
                let bytes: Vec<u8> = (0..self.below(60)).map(|_| self.next() as u8).collect();
                String::from_utf8_lossy(&bytes).into_owned()
            }
            1 | 2 => (0..self.below(30)).map(|_| self.one_of(pieces)).collect(),
            3..=5 => self.mutated(corpus, pieces),
            _ => {
                let mut text = String::new();
                let depth = 1 + self.below(5);
                made(self, depth, &mut text);
                text
            }
        }
    }

    /// A text of the corpus, with pieces put in, taken out, doubled or exchanged.
    pub fn mutated(&mut self, corpus: &[String], pieces: &[&str]) -> String {
        let mut text: Vec<char> = corpus[self.below(corpus.len())].chars().collect();
        for _ in 0..1 + self.below(4) {
            let at = self.below(text.len() + 1);
            let until = (at + self.below(6)).min(text.len());
            match self.below(5) {
                0 => drop(text.splice(at..at, self.one_of(pieces).chars())),
                1 => drop(text.drain(at..until)),
                2 => drop(text.splice(at..until, self.one_of(pieces).chars())),
                3 => {
                    let copy = text[at..until].to_vec();
                    text.splice(at..at, copy);
                }
                _ => {
                    let other: Vec<char> = corpus[self.below(corpus.len())].chars().collect();
                    text.splice(at..until, other);
                }
            }
        }
        text.into_iter().collect()
    }
}
