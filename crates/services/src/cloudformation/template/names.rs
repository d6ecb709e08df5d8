//! The names that CloudFormation makes up for resources without one, from bytes drawn by the caller.

/// Characters of the random end of a name.
const SUFFIX: usize = 12;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `<StackName>-<LogicalId>-<12 random characters>`, cut to the type's limit: the longer of the two parts gives way
/// first, the random end stays whole.
#[must_use]
pub fn physical_name(stack_name: &str, logical_id: &str, entropy: [u8; 16], limit: usize) -> String {
    let room = limit.saturating_sub(SUFFIX + 2);
    let half = room / 2;
    let stack = cut(stack_name, room - logical_id.len().min(half));
    let logical = cut(logical_id, room - stack.len());
    format!("{stack}-{logical}-{}", suffix(entropy))
}

/// `<LogicalId>-<12 random characters>`, as state machines are named.
#[must_use]
pub fn short_name(logical_id: &str, entropy: [u8; 16], limit: usize) -> String {
    format!("{}-{}", cut(logical_id, limit.saturating_sub(SUFFIX + 1)), suffix(entropy))
}

/// The random end: 12 of 62 characters. What 128 bits leave over favours no character noticeably.
#[must_use]
pub fn suffix(entropy: [u8; 16]) -> String {
    let mut number = u128::from_be_bytes(entropy);
    let digits = (0..SUFFIX).map(|_| {
        let digit = number % 62;
        number /= 62;
        // INVARIANT: a remainder of 62 is an index of the alphabet.
        char::from(ALPHABET[usize::try_from(digit).unwrap_or_default()])
    });
    digits.collect()
}

/// Stack names and logical ids are ASCII; other text is cut before the character that doesn't fit.
fn cut(text: &str, length: usize) -> &str {
    let mut end = text.len().min(length);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_their_limit() {
        let end = suffix([7; 16]);
        assert_eq!(end.len(), SUFFIX);
        assert!(end.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(end, suffix([8; 16]));
        let long = "x".repeat(200);
        for (stack, logical, limit, expected) in [
            ("CFN", "A", 256, format!("CFN-A-{end}")),
            ("stack", &*long, 64, format!("stack-{}-{end}", "x".repeat(45))),
            (&*long, "Id", 64, format!("{}-Id-{end}", "x".repeat(48))),
            (&*long, &*long, 64, format!("{0}-{0}-{end}", "x".repeat(25))),
            (&*long, &*long, 63, format!("{}-{}-{end}", "x".repeat(25), "x".repeat(24))),
        ] {
            let name = physical_name(stack, logical, [7; 16], limit);
            assert_eq!(name, expected);
            assert!(name.len() <= limit);
        }
        assert_eq!(short_name("MyStateMachine", [7; 16], 80), format!("MyStateMachine-{end}"));
        assert_eq!(short_name(&long, [7; 16], 80).len(), 80);
    }
}
