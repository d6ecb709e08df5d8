//! The ids that IAM gives: unique ids (`AROA…`), and access key ids, which tell their account as AWS's do.

use crate::entropy::Entropy;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Bytes in the 16 characters behind an access key id's prefix.
const BYTES: usize = 10;
/// The highest bit of an access key id: the account stands in the forty bits below it.
const TELLS_ACCOUNT: u64 = 1 << 47;
const ACCOUNT_SHIFT: u32 = 7;

/// What an id is of, by its first four letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    Role,
    User,
    Group,
    Policy,
    InstanceProfile,
    ServiceCredential,
}

impl Prefix {
    fn letters(self) -> &'static str {
        match self {
            Self::Role => "AROA",
            Self::User => "AIDA",
            Self::Group => "AGPA",
            Self::Policy => "ANPA",
            Self::InstanceProfile => "AIPA",
            Self::ServiceCredential => "ACCA",
        }
    }
}

/// A unique id: an entity that is made anew under its old name has another.
pub fn unique_id(prefix: Prefix, entropy: &mut Entropy) -> String {
    format!("{}{}", prefix.letters(), entropy.text(BASE32, 17))
}

/// An access key id, `AKIA…` if it lasts and `ASIA…` if it is a session's.
pub fn access_key_id(prefix: &str, account: &str, entropy: &mut Entropy) -> String {
    let mut bytes = entropy.bytes::<BYTES>();
    if let Ok(account) = account.parse::<u64>() {
        let random = u64::from(bytes[5]) & ((1 << ACCOUNT_SHIFT) - 1);
        let head = TELLS_ACCOUNT | account << ACCOUNT_SHIFT & (TELLS_ACCOUNT - 1) | random;
        bytes[..6].copy_from_slice(&head.to_be_bytes()[2..]);
    }
    format!("{prefix}{}", base32(&bytes))
}

/// The account that an access key id tells.
#[must_use]
pub fn account_of(access_key_id: &str) -> Option<String> {
    let id = access_key_id.strip_prefix("AKIA").or_else(|| access_key_id.strip_prefix("ASIA"))?;
    let head = id.bytes().take(10).try_fold(0_u64, |head, byte| {
        let digit = BASE32.iter().position(|letter| *letter == byte)?;
        Some(head << 5 | digit as u64)
    });
    // Ten characters are fifty bits, two more than the head has.
    let head = head.filter(|_| id.len() == 16)? >> 2;
    let account = (head & (TELLS_ACCOUNT - 1)) >> ACCOUNT_SHIFT;
    (head & TELLS_ACCOUNT != 0 && account < 1_000_000_000_000).then(|| format!("{account:012}"))
}

fn base32(bytes: &[u8; BYTES]) -> String {
    let mut text = String::with_capacity(BYTES * 8 / 5);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(char::from(BASE32[(bits >> count & 31) as usize]));
        }
        bits &= (1 << count) - 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_id_tells_its_account() {
        let mut entropy = Entropy::new([3; 32]);
        for account in ["000000000000", "000000000001", "123456789012", "999999999999"] {
            let id = access_key_id("ASIA", account, &mut entropy);
            assert_eq!(id.len(), 20);
            assert_eq!(account_of(&id).as_deref(), Some(account), "{id}");
            assert_ne!(access_key_id("ASIA", account, &mut entropy), id);
        }
    }

    #[test]
    fn an_id_of_aws_tells_its_account_too() {
        // The example of AWS's documentation is of the older kind, which tells nothing; the newer one was published.
        assert_eq!(account_of("AKIAIOSFODNN7EXAMPLE"), None);
        assert_eq!(account_of("ASIAQNZGKIQY56JQ7WML").as_deref(), Some("029608264753"));
    }

    #[test]
    fn what_is_no_id_tells_nothing() {
        for id in [
            "",
            "test",
            "000000000000",
            "AKIA",
            "ASIAQNZGKIQY56JQ7WM",
            "ASIAQNZGKIQY56JQ7WMLL",
            "ASIA****************",
        ] {
            assert_eq!(account_of(id), None, "{id}");
        }
    }
}
