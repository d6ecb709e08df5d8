//! Tokens of the next page of a list: where the last page ended, sealed, so that only ours are taken.

use crate::secrets::{Purpose, Secrets};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The token for what comes after `last`. `list` says of which list, so that a token of one doesn't fit another.
#[must_use]
pub fn token(secrets: &Secrets, list: &str, last: &str) -> String {
    let message = [list.as_bytes(), b"\0", last.as_bytes()].concat();
    URL_SAFE_NO_PAD.encode(secrets.seal(Purpose::PageToken, &message))
}

/// Where the page before ended, if the token is one of this list.
#[must_use]
pub fn last(secrets: &Secrets, list: &str, token: &str) -> Option<String> {
    let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
    let message = secrets.open(Purpose::PageToken, &sealed)?;
    let last = message.strip_prefix(list.as_bytes())?.strip_prefix(b"\0")?;
    String::from_utf8(last.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_for_its_own_list_only() {
        let secrets = Secrets::new([7; 32]);
        let ours = token(&secrets, "queues", "a\0b");
        assert_eq!(last(&secrets, "queues", &ours).as_deref(), Some("a\0b"));
        assert_eq!(last(&secrets, "topics", &ours), None);
        assert_eq!(last(&secrets, "queue", &ours), None);
        for hostile in ["", "a", "€", "AAAA", &format!("{ours}A")] {
            assert_eq!(last(&secrets, "queues", hostile), None, "{hostile}");
        }
    }
}
