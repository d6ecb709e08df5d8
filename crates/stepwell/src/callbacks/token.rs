//! Which open task token a person means. Tokens of one state machine begin alike, so they are shown by their endings, and
//! meant by a beginning or an ending.

use crate::client::Client;
use crate::executions;
use crate::failure::{Failure, Outcome};

use super::{Callback, open};

/// Characters of a shown ending.
const SHOWN: usize = 10;
/// A text this long is a whole token, whether it is open or not: what it is worth is for the server to say.
const WHOLE: usize = 40;

/// A token by its ending.
pub fn shortened(token: &str) -> String {
    match token.char_indices().rev().nth(SHOWN - 1) {
        Some((start, _)) if start > 0 => format!("…{}", &token[start..]),
        _ => token.to_owned(),
    }
}

/// Which task is meant: by its token or a part of it, or by its execution.
#[derive(Debug, clap::Args)]
pub struct Meant {
    /// The task token, or a beginning or an ending of it that no other open token has
    #[arg(allow_hyphen_values = true, required_unless_present = "execution", conflicts_with = "execution")]
    pub token: Option<String>,
    /// The execution whose only open task is meant: its ARN or its name
    #[arg(long, value_name = "EXECUTION")]
    pub execution: Option<String>,
    /// With --execution: the state, where several wait
    #[arg(long, value_name = "NAME", requires = "execution", conflicts_with = "token")]
    pub state: Option<String>,
}

impl Meant {
    pub async fn resolve(&self, client: &Client) -> Outcome<String> {
        match (&self.token, &self.execution) {
            (Some(token), _) if token.chars().count() >= WHOLE => Ok(token.clone()),
            (Some(part), _) => by_part(part, &open(&[], client).await?),
            (None, Some(execution)) => {
                let arn = executions::resolve(execution, client).await?;
                let callbacks = open(&[("executionArn", &arn)], client).await?;
                by_state(execution, self.state.as_deref(), &callbacks)
            }
            (None, None) => Err(Failure::told("a task token or --execution is asked for")),
        }
    }
}

fn by_part(part: &str, callbacks: &[Callback]) -> Outcome<String> {
    let bare = part.trim_start_matches('…').trim_start_matches("...");
    let is_meant = |callback: &&Callback| callback.token.starts_with(bare) || callback.token.ends_with(bare);
    let meant = callbacks.iter().filter(is_meant).collect::<Vec<_>>();
    match meant.as_slice() {
        _ if bare.is_empty() => Err(Failure::told("a task token, or a part of one, is asked for")),
        [only] => Ok(only.token.clone()),
        [] => Err(Failure::told(format!("no open task token begins or ends with `{bare}`"))),
        several => Err(Failure::told(format!("`{bare}` is a part of {} open task tokens", several.len()))),
    }
}

fn by_state(execution: &str, state: Option<&str>, callbacks: &[Callback]) -> Outcome<String> {
    let meant = callbacks.iter().filter(|callback| state.is_none_or(|state| callback.state == state));
    match (meant.collect::<Vec<_>>().as_slice(), state) {
        ([only], _) => Ok(only.token.clone()),
        ([], None) => Err(Failure::told(format!("`{execution}` waits for no callback"))),
        ([], Some(state)) => Err(Failure::told(format!("`{execution}` waits for no callback in `{state}`"))),
        (several, _) => {
            let show =
                |callback: &&Callback| format!("{} in `{}`", shortened(&callback.token), callback.state);
            let shown = several.iter().map(show).collect::<Vec<_>>().join(", ");
            Err(Failure::told(format!("`{execution}` waits for {} callbacks: {shown}", several.len())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn callbacks() -> Vec<Callback> {
        let tokens = [("AAAAAAAAAA-first", "One"), ("AAAAAAAAAA-other", "Two"), ("BAAAAAAAAA-other", "Two")];
        tokens.map(|(token, state)| Callback::read(json!({"taskToken": token, "state": state}))).to_vec()
    }

    #[test]
    fn a_token_is_meant_by_a_beginning_or_an_ending() {
        let cases = [
            ("B", Ok("BAAAAAAAAA-other")),
            ("first", Ok("AAAAAAAAAA-first")),
            ("-first", Ok("AAAAAAAAAA-first")),
            ("…AAAA-first", Ok("AAAAAAAAAA-first")),
            ("...first", Ok("AAAAAAAAAA-first")),
            ("other", Err("`other` is a part of 2 open task tokens")),
            ("irs", Err("no open task token begins or ends with `irs`")),
            ("…", Err("a task token, or a part of one, is asked for")),
        ];
        for (part, expected) in cases {
            let chosen = by_part(part, &callbacks()).map_err(|failure| failure.line());
            assert_eq!(chosen, expected.map(str::to_owned).map_err(str::to_owned), "{part}");
        }
        assert_eq!(shortened("AAAAAAAAAA-first"), "…AAAA-first");
        assert_eq!(shortened("short"), "short");
        assert_eq!(
            by_part(&shortened("BAAAAAAAAA-other"), &callbacks()[1..]).map_err(|failure| failure.line()),
            Err("`AAAA-other` is a part of 2 open task tokens".to_owned())
        );
    }

    #[test]
    fn an_execution_means_its_only_task() {
        let all = callbacks();
        let cases = [
            (None, &all[..1], Ok("AAAAAAAAAA-first")),
            (Some("One"), &all[..], Ok("AAAAAAAAAA-first")),
            (None, &all[..2], Err("`e` waits for 2 callbacks: …AAAA-first in `One`, …AAAA-other in `Two`")),
            (None, &all[..0], Err("`e` waits for no callback")),
            (Some("Three"), &all[..], Err("`e` waits for no callback in `Three`")),
        ];
        for (state, callbacks, expected) in cases {
            let chosen = by_state("e", state, callbacks).map_err(|failure| failure.line());
            assert_eq!(chosen, expected.map(str::to_owned).map_err(str::to_owned), "{state:?}");
        }
    }
}
