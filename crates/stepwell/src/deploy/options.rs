//! What `stepwell deploy` takes.

use std::path::PathBuf;

use clap::Args;

use crate::options::{Format, is_loopback};

use super::stack::Summary;

/// Create or update a stack from a CloudFormation template
///
/// The stack is created, or updated through a change set; each resource's progress is shown as it happens, and the
/// outputs at the end. Where `Code` of an AWS::Lambda::Function is a local path (`Code: ./src`, relative to the template), the
/// folder or file is packed and uploaded first. Exits with 0 where the stack is as the template says (also if there was
/// nothing to change), and with 1 where it failed and was rolled back.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  stepwell deploy template.yml --stack-name orders
  stepwell deploy template.yml --stack-name orders --parameter Stage=test Retries=3 --tags team=shop")]
pub struct Deploy {
    /// The template: a file in YAML or JSON
    pub template: PathBuf,
    /// The stack's name
    #[arg(long, value_name = "NAME")]
    pub stack_name: String,
    /// Values of the template's parameters; of those that aren't named, an existing stack keeps its own
    #[arg(long = "parameter", visible_alias = "parameter-overrides", value_name = "KEY=VALUE", num_args = 1.., value_parser = pair)]
    pub parameters: Vec<(String, String)>,
    /// What the template may do: CAPABILITY_IAM, CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND [default: what it needs, if the
    /// server is on this machine; else none]
    #[arg(long, value_name = "CAPABILITY", num_args = 0.., value_delimiter = ',')]
    pub capabilities: Option<Vec<String>>,
    /// Tags of the stack
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., value_parser = pair)]
    pub tags: Vec<(String, String)>,
    #[command(flatten)]
    pub format: Format,
}

impl Deploy {
    /// The capabilities that are granted.
    pub fn capabilities(&self, summary: &Summary, endpoint: &str) -> Vec<String> {
        match &self.capabilities {
            Some(asked) => asked.clone(),
            None if is_loopback(endpoint) => summary.capabilities.clone(),
            None => Vec::new(),
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("KEY=VALUE is asked for".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_cut_at_the_first_equals_sign() {
        let cases = [
            ("a=b", Some(("a", "b"))),
            ("a=", Some(("a", ""))),
            ("a=b=c", Some(("a", "b=c"))),
            ("=b", None),
            ("a", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
            assert_eq!(pair(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn capabilities_are_granted_by_default_on_this_machine_alone() {
        let summary = Summary { parameters: vec![], capabilities: vec!["CAPABILITY_IAM".to_owned()] };
        let granted = |asked: Option<Vec<&str>>, endpoint| {
            let deploy = Deploy {
                template: PathBuf::new(),
                stack_name: String::new(),
                parameters: vec![],
                capabilities: asked.map(|asked| asked.into_iter().map(str::to_owned).collect()),
                tags: vec![],
                format: Format::default(),
            };
            deploy.capabilities(&summary, endpoint)
        };
        assert_eq!(granted(None, "http://localhost:1"), ["CAPABILITY_IAM"]);
        assert!(granted(None, "https://example.com").is_empty());
        assert!(granted(Some(vec![]), "http://localhost:1").is_empty());
        assert_eq!(granted(Some(vec!["X"]), "https://example.com"), ["X"]);
    }
}
