//! A stack as DescribeStacks shows it, and a template as ValidateTemplate understands it.

use crate::client::Client;
use crate::element::Element;
use crate::failure::Outcome;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    pub id: String,
    pub status: String,
    /// Why the stack has its status, where it says so.
    pub reason: String,
    /// The names of its parameters.
    pub parameters: Vec<String>,
    pub outputs: Vec<StackOutput>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackOutput {
    pub key: String,
    pub value: String,
    pub description: String,
}

/// What a template asks for.
#[derive(Debug, Default)]
pub struct Summary {
    pub parameters: Vec<String>,
    pub capabilities: Vec<String>,
}

/// Checks a template before anything is begun with it.
pub async fn validate(body: &str, client: &Client) -> Outcome<Summary> {
    let answer = client.cloudformation("ValidateTemplate", &[pair("TemplateBody", body)]).await?;
    Ok(Summary {
        parameters: names(&answer, "Parameters", "ParameterKey"),
        capabilities: answer.members("Capabilities").map(|name| name.text.trim().to_owned()).collect(),
    })
}

impl Stack {
    /// The stack of that name, if there is one.
    pub async fn find(name: &str, client: &Client) -> Outcome<Option<Stack>> {
        match client.cloudformation("DescribeStacks", &[pair("StackName", name)]).await {
            Ok(answer) => Ok(answer.members("Stacks").next().map(Stack::read)),
            Err(failure) if failure.says_missing() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    pub async fn delete(&self, client: &Client) -> Outcome<()> {
        client.cloudformation("DeleteStack", &[pair("StackName", &self.id)]).await?;
        Ok(())
    }

    fn read(element: &Element) -> Stack {
        let output = |output: &Element| StackOutput {
            key: output.text_of("OutputKey").to_owned(),
            value: output.text_of("OutputValue").to_owned(),
            description: output.text_of("Description").to_owned(),
        };
        Stack {
            id: element.text_of("StackId").to_owned(),
            status: element.text_of("StackStatus").to_owned(),
            reason: element.text_of("StackStatusReason").to_owned(),
            parameters: names(element, "Parameters", "ParameterKey"),
            outputs: element.members("Outputs").map(output).collect(),
        }
    }
}

/// One parameter of a request.
pub fn pair(name: impl Into<String>, value: impl Into<String>) -> (String, String) {
    (name.into(), value.into())
}

fn names(element: &Element, list: &str, name: &str) -> Vec<String> {
    element.members(list).map(|member| member.text_of(name).to_owned()).collect()
}
