//! A change set: made of the template and the parameters, looked at until it is ready, executed.

use crate::client::{Client, wall_ms};
use crate::element::Element;
use crate::failure::{Failure, Outcome};
use crate::pace::Pace;

use super::progress::Widths;
use super::stack::{Stack, Summary, pair};

pub struct Wanted<'a> {
    pub stack_name: &'a str,
    pub body: &'a str,
    pub parameters: Vec<Parameter>,
    pub capabilities: Vec<String>,
    pub tags: &'a [(String, String)],
}

#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    key: String,
    /// `None` keeps the value that the stack has.
    value: Option<String>,
}

/// The given values, and for what else the template asks and the stack has: its previous ones.
pub fn parameters(given: &[(String, String)], summary: &Summary, stack: Option<&Stack>) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for (key, value) in given {
        // The last of several values of a parameter counts.
        parameters.retain(|parameter| parameter.key != *key);
        parameters.push(Parameter { key: key.clone(), value: Some(value.clone()) });
    }
    let had = stack.filter(|stack| !is_new(stack)).map_or(&[][..], |stack| &stack.parameters);
    for key in summary.parameters.iter().filter(|key| had.contains(key)) {
        if !given.iter().any(|(name, _)| name == key) {
            parameters.push(Parameter { key: key.clone(), value: None });
        }
    }
    parameters
}

/// A stack that has had nothing but change sets so far.
fn is_new(stack: &Stack) -> bool {
    stack.status == "REVIEW_IN_PROGRESS"
}

pub struct ChangeSet {
    id: String,
    pub stack_id: String,
    /// Logical ids and types of the resources that change.
    resources: Vec<(String, String)>,
}

impl ChangeSet {
    /// A change set that is ready; `None` where there is nothing to change.
    pub async fn create(
        wanted: &Wanted<'_>,
        stack: Option<&Stack>,
        client: &Client,
    ) -> Outcome<Option<ChangeSet>> {
        let answer = client.cloudformation("CreateChangeSet", &wanted.request(stack, wall_ms())).await?;
        let id = answer.text_of("Id").to_owned();
        let described = described(&id, client).await?;
        if described.text_of("Status") == "CREATE_COMPLETE" {
            let stack_id = described.text_of("StackId").to_owned();
            return Ok(Some(ChangeSet { id, stack_id, resources: resources(&described) }));
        }
        client.cloudformation("DeleteChangeSet", &[pair("ChangeSetName", &id)]).await?;
        let reason = described.text_of("StatusReason");
        if says_unchanged(reason) {
            return Ok(None);
        }
        Err(Failure::told(format!("the change set for `{}` failed: {reason}", wanted.stack_name)))
    }

    pub async fn execute(&self, client: &Client) -> Outcome<()> {
        client.cloudformation("ExecuteChangeSet", &[pair("ChangeSetName", &self.id)]).await?;
        Ok(())
    }

    /// How wide the columns of the progress must be.
    pub fn widths(&self) -> Widths {
        let widest = |texts: &mut dyn Iterator<Item = &String>| {
            texts.map(|text| text.chars().count()).max().unwrap_or(0)
        };
        Widths {
            logical_id: widest(&mut self.resources.iter().map(|(id, _)| id)),
            resource_type: widest(&mut self.resources.iter().map(|(_, resource_type)| resource_type)),
        }
    }
}

impl Wanted<'_> {
    fn request(&self, stack: Option<&Stack>, now_ms: i64) -> Vec<(String, String)> {
        let kind = if stack.is_none_or(is_new) { "CREATE" } else { "UPDATE" };
        let mut request = vec![
            pair("StackName", self.stack_name),
            pair("ChangeSetName", format!("stepwell-deploy-{now_ms}")),
            pair("ChangeSetType", kind),
            pair("TemplateBody", self.body),
        ];
        for (Parameter { key, value }, number) in self.parameters.iter().zip(1..) {
            request.push(pair(format!("Parameters.member.{number}.ParameterKey"), key));
            request.push(match value {
                Some(value) => pair(format!("Parameters.member.{number}.ParameterValue"), value),
                None => pair(format!("Parameters.member.{number}.UsePreviousValue"), "true"),
            });
        }
        for (capability, number) in self.capabilities.iter().zip(1..) {
            request.push(pair(format!("Capabilities.member.{number}"), capability));
        }
        for ((key, value), number) in self.tags.iter().zip(1..) {
            request.push(pair(format!("Tags.member.{number}.Key"), key));
            request.push(pair(format!("Tags.member.{number}.Value"), value));
        }
        request
    }
}

async fn described(id: &str, client: &Client) -> Outcome<Element> {
    let mut pace = Pace::new();
    loop {
        let described = client.cloudformation("DescribeChangeSet", &[pair("ChangeSetName", id)]).await?;
        match described.text_of("Status") {
            "CREATE_PENDING" | "CREATE_IN_PROGRESS" => pace.pause().await,
            _ => return Ok(described),
        }
    }
}

fn resources(described: &Element) -> Vec<(String, String)> {
    let changes = described.members("Changes").filter_map(|change| change.child("ResourceChange"));
    let names = ["LogicalResourceId", "ResourceType"];
    changes.map(|change| names.map(|name| change.text_of(name).to_owned()).into()).collect()
}

/// AWS has no code for it, only these words.
fn says_unchanged(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(status: &str, parameters: &[&str]) -> Stack {
        Stack {
            id: "id".to_owned(),
            status: status.to_owned(),
            reason: String::new(),
            parameters: parameters.iter().map(|name| (*name).to_owned()).collect(),
            outputs: vec![],
        }
    }

    #[test]
    fn parameters_that_are_not_given_stay_where_the_stack_has_them() {
        let given = [pair("A", "1"), pair("Unknown", "x"), pair("A", "2")];
        let summary =
            Summary { parameters: ["A", "B", "C"].map(str::to_owned).to_vec(), capabilities: vec![] };
        let told = |stack: Option<&Stack>| {
            let show =
                |Parameter { key, value }| format!("{key}={}", value.unwrap_or("(previous)".to_owned()));
            parameters(&given, &summary, stack).into_iter().map(show).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(None), "Unknown=x A=2");
        assert_eq!(told(Some(&stack("REVIEW_IN_PROGRESS", &["B"]))), "Unknown=x A=2");
        assert_eq!(told(Some(&stack("CREATE_COMPLETE", &["A", "B", "D"]))), "Unknown=x A=2 B=(previous)");
    }

    #[test]
    fn a_request_creates_or_updates() {
        let tags = [pair("t", "v")];
        let wanted = Wanted {
            stack_name: "s",
            body: "{}",
            parameters: vec![
                Parameter { key: "A".to_owned(), value: Some("1".to_owned()) },
                Parameter { key: "B".to_owned(), value: None },
            ],
            capabilities: vec!["CAPABILITY_IAM".to_owned()],
            tags: &tags,
        };
        let told = |stack: Option<&Stack>| {
            let parameters = wanted.request(stack, 7);
            parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
        };
        let expected = |kind: &str| {
            format!(
                "StackName=s\nChangeSetName=stepwell-deploy-7\nChangeSetType={kind}\nTemplateBody={{}}\n\
                 Parameters.member.1.ParameterKey=A\nParameters.member.1.ParameterValue=1\n\
                 Parameters.member.2.ParameterKey=B\nParameters.member.2.UsePreviousValue=true\n\
                 Capabilities.member.1=CAPABILITY_IAM\nTags.member.1.Key=t\nTags.member.1.Value=v"
            )
        };
        assert_eq!(told(None), expected("CREATE"));
        assert_eq!(told(Some(&stack("REVIEW_IN_PROGRESS", &[]))), expected("CREATE"));
        assert_eq!(told(Some(&stack("UPDATE_COMPLETE", &[]))), expected("UPDATE"));
    }

    #[test]
    fn that_nothing_changed_is_known_by_its_words() {
        assert!(says_unchanged(
            "The submitted information didn't contain changes. Submit different information to create a change set."
        ));
        assert!(says_unchanged("No updates are to be performed."));
        assert!(!says_unchanged("Transform failed"));
    }
}
