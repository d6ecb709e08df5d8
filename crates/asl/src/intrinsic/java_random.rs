//! `java.util.Random`: what AWS draws from when a seed is given, so that the same seed gives the number that it gives
//! there. A linear congruential generator of 48 bits.

pub(crate) struct JavaRandom {
    state: u64,
}

const MULTIPLIER: u64 = 0x5_deec_e66d;
const MASK: u64 = (1 << 48) - 1;

impl JavaRandom {
    pub(crate) fn new(seed: i64) -> JavaRandom {
        JavaRandom { state: (seed as u64 ^ MULTIPLIER) & MASK }
    }

    /// The highest `bits` of the next state, as a signed integer of 32 bits.
    fn next(&mut self, bits: u32) -> i32 {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(0xb) & MASK;
        (self.state >> (48 - bits)) as i32
    }

    /// `nextDouble()`: a number from 0 up to, but not, 1.
    pub(crate) fn double(&mut self) -> f64 {
        let high = i64::from(self.next(26)) << 27;
        (high + i64::from(self.next(27))) as f64 / (1u64 << 53) as f64
    }

    /// A number from 0 up to, but not, `bound`, which is positive.
    pub(super) fn below(&mut self, bound: i64) -> i64 {
        match i32::try_from(bound) {
            Ok(bound) => i64::from(self.below_i32(bound)),
            Err(_) => {
                let long = (i64::from(self.next(32)) << 32).wrapping_add(i64::from(self.next(32)));
                long.rem_euclid(bound)
            }
        }
    }

    /// `nextInt(bound)`.
    fn below_i32(&mut self, bound: i32) -> i32 {
        if bound & bound.wrapping_neg() == bound {
            return ((i64::from(bound) * i64::from(self.next(31))) >> 31) as i32;
        }
        // Java draws again while the number falls into the last, incomplete stretch of `bound`. At least every second
        // draw is good; the bound on the draws only keeps a broken generator from going on for ever.
        for _ in 0..1000 {
            let bits = self.next(31);
            let value = bits % bound;
            if bits.checked_sub(value).and_then(|bits| bits.checked_add(bound - 1)).is_some() {
                return value;
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_what_java_draws() {
        // `new Random(42).nextDouble()`, which AWS's `$random(42)` is known to give.
        assert_eq!(JavaRandom::new(42).double(), 0.727_563_680_032_868_1);
        // `nextInt(n)`.
        assert_eq!(JavaRandom::new(42).below(100), 30);
        assert_eq!(JavaRandom::new(0).below(100), 60);
        let mut random = JavaRandom::new(42);
        let drawn: Vec<i64> = (0..5).map(|_| random.below(10)).collect();
        assert_eq!(drawn, [0, 3, 8, 4, 0]);
    }

    #[test]
    fn stays_below_any_bound() {
        for bound in [1, 2, 3, 1 << 30, i64::from(i32::MAX), 1 << 40, i64::MAX] {
            for seed in [i64::MIN, -1, 0, 1, i64::MAX] {
                let drawn = JavaRandom::new(seed).below(bound);
                assert!((0..bound).contains(&drawn), "{seed} {bound} {drawn}");
            }
        }
    }
}
