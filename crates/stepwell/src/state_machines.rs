//! Which state machine a person means: by ARN, by name, by what a template calls it, or by the beginning of its name.

use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::{Failure, Outcome};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMachine {
    pub name: String,
    pub arn: String,
}

/// Names that a complaint lists.
const MOST_LISTED: usize = 10;

/// All state machines.
pub async fn all(client: &Client) -> Outcome<Vec<StateMachine>> {
    let entries = client.states_list("ListStateMachines", json!({}), "stateMachines", usize::MAX).await?;
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let machines = entries.iter();
    Ok(machines
        .map(|entry| StateMachine { name: text(entry, "name"), arn: text(entry, "stateMachineArn") })
        .collect())
}

/// The ARN of the one that is meant.
pub async fn resolve(meant: &str, client: &Client) -> Outcome<String> {
    if meant.starts_with("arn:") {
        return Ok(meant.to_owned());
    }
    let machines = all(client).await?;
    if let Some(machine) = machines.iter().find(|machine| machine.name == meant) {
        return Ok(machine.arn.clone());
    }
    let in_templates = by_logical_id(meant, client).await?;
    choose(meant, &machines, &in_templates)
}

/// A logical id goes before the beginning of a name, which it mostly is too.
fn choose(meant: &str, machines: &[StateMachine], in_templates: &[String]) -> Outcome<String> {
    let begins = |machine: &&StateMachine| !meant.is_empty() && machine.name.starts_with(meant);
    let by_prefix = || machines.iter().filter(begins).map(|machine| machine.arn.clone()).collect::<Vec<_>>();
    let candidates = if in_templates.is_empty() { by_prefix() } else { in_templates.to_vec() };
    match candidates.as_slice() {
        [only] => Ok(only.clone()),
        [] if machines.is_empty() => Err(Failure::told(format!(
            "there is no state machine `{meant}`, and no other one in this region"
        ))),
        [] => {
            let names = machines.iter().map(|machine| machine.name.as_str());
            Err(Failure::told(format!("there is no state machine `{meant}`; there are: {}", listed(names))))
        }
        several => {
            let arns = several.iter().map(String::as_str);
            Err(Failure::told(format!("`{meant}` may be several state machines: {}", listed(arns))))
        }
    }
}

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let rest = names.len().saturating_sub(MOST_LISTED);
    let mut text = names.take(MOST_LISTED).collect::<Vec<_>>().join(", ");
    if rest > 0 {
        text.push_str(&format!(" and {rest} more"));
    }
    text
}

/// The state machines that have this logical id in a stack.
async fn by_logical_id(logical_id: &str, client: &Client) -> Outcome<Vec<String>> {
    let is_logical_id =
        !logical_id.is_empty() && logical_id.chars().all(|letter| letter.is_ascii_alphanumeric());
    if !is_logical_id {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let token = next.map(|token| ("NextToken".to_owned(), token));
        let page = client.cloudformation("DescribeStacks", token.as_slice()).await?;
        for stack in page.members("Stacks") {
            found.extend(in_stack(logical_id, stack.text_of("StackId"), client).await?);
        }
        match page.text_of("NextToken") {
            "" => return Ok(found),
            token => next = Some(token.to_owned()),
        }
    }
}

async fn in_stack(logical_id: &str, stack: &str, client: &Client) -> Outcome<Option<String>> {
    let request = [("StackName", stack), ("LogicalResourceId", logical_id)];
    let request = request.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = match client.cloudformation("DescribeStackResource", &request).await {
        Ok(answer) => answer,
        Err(failure) if failure.says_missing() => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let detail = answer.child("StackResourceDetail");
    let machine =
        detail.filter(|detail| detail.text_of("ResourceType") == "AWS::StepFunctions::StateMachine");
    // A resource that isn't there anymore, or not yet, has no ARN.
    let arn = machine.map(|machine| machine.text_of("PhysicalResourceId").to_owned());
    Ok(arn.filter(|arn| arn.starts_with("arn:")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_meant_is_found_or_what_there_is_is_told() {
        let machine = |name: &str| StateMachine { name: name.to_owned(), arn: format!("arn:{name}") };
        let machines = [machine("Order-AB12"), machine("OrderArchive-CD34"), machine("Refund")];
        let many = (0..12).map(|number| machine(&format!("m{number}"))).collect::<Vec<_>>();
        type Case<'a> = (&'a str, &'a [StateMachine], &'a [&'a str], Result<&'a str, &'a str>);
        let cases: Vec<Case<'_>> = vec![
            ("Ref", &machines, &[], Ok("arn:Refund")),
            ("Order-", &machines, &[], Ok("arn:Order-AB12")),
            ("Order", &machines, &["arn:Order-AB12"], Ok("arn:Order-AB12")),
            (
                "Order",
                &machines,
                &[],
                Err("`Order` may be several state machines: arn:Order-AB12, arn:OrderArchive-CD34"),
            ),
            ("M", &machines, &["arn:a", "arn:b"], Err("`M` may be several state machines: arn:a, arn:b")),
            (
                "x",
                &machines,
                &[],
                Err("there is no state machine `x`; there are: Order-AB12, OrderArchive-CD34, Refund"),
            ),
            ("", &machines[2..], &[], Err("there is no state machine ``; there are: Refund")),
            ("x", &[], &[], Err("there is no state machine `x`, and no other one in this region")),
            (
                "x",
                &many,
                &[],
                Err(
                    "there is no state machine `x`; there are: m0, m1, m2, m3, m4, m5, m6, m7, m8, m9 and 2 more",
                ),
            ),
        ];
        for (meant, machines, in_templates, expected) in cases {
            let in_templates = in_templates.iter().map(|arn| (*arn).to_owned()).collect::<Vec<_>>();
            let chosen = choose(meant, machines, &in_templates).map_err(|failure| failure.line());
            assert_eq!(chosen, expected.map(str::to_owned).map_err(str::to_owned), "{meant}");
        }
    }
}
