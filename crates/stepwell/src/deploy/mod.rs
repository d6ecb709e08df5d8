//! `stepwell deploy`: local code packed and uploaded, then a change set made and executed, with each resource's progress
//! as it happens.

mod change_set;
mod options;
mod package;
mod progress;
mod report;
mod stack;
mod template;
mod upload;

use std::process::ExitCode;

use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::terminal::{Terminal, Tone};

use change_set::ChangeSet;
pub use options::Deploy;
use progress::Progress;
use report::Report;
use stack::Stack;
use template::local_code;

/// Deploys, and tells how it ended: 0 where the stack is as the template wants it.
pub async fn run(deploy: &Deploy, client: &Client, terminal: &Terminal) -> Outcome<ExitCode> {
    let path = deploy.template.clone();
    let text = std::fs::read_to_string(&path).map_err(|source| Failure::Unreadable { path, source })?;
    let body = upload::uploaded(&text, local_code(&text), &deploy.template, client, terminal).await?;
    let summary = stack::validate(&body, client).await?;
    let stack = usable(deploy, client, terminal).await?;
    let wanted = change_set::Wanted {
        stack_name: &deploy.stack_name,
        body: &body,
        parameters: change_set::parameters(&deploy.parameters, &summary, stack.as_ref()),
        capabilities: deploy.capabilities(&summary, client.endpoint()),
        tags: &deploy.tags,
    };
    if let (None, [_, ..]) = (&deploy.capabilities, wanted.capabilities.as_slice()) {
        let granted = wanted.capabilities.join(", ");
        let note = format!("granted {granted}, which the template needs (--capabilities decides otherwise)");
        terminal.line(terminal.paint(Tone::Faint, &note))?;
    }
    let status = match ChangeSet::create(&wanted, stack.as_ref(), client).await? {
        Some(change_set) => execute(&change_set, client, terminal).await?,
        None => Progress::unchanged(),
    };
    let stack = Stack::find(&deploy.stack_name, client).await?;
    Report { name: &deploy.stack_name, stack, progress: status }.tell(terminal)
}

async fn execute(change_set: &ChangeSet, client: &Client, terminal: &Terminal) -> Outcome<Progress> {
    let mut progress = Progress::of(&change_set.stack_id, change_set.widths(), client).await?;
    change_set.execute(client).await?;
    progress.follow(client, terminal).await?;
    Ok(progress)
}

/// The stack as it is, if there is one that can be updated. One whose creation failed has nothing left in it and can only
/// be deleted: it makes room for a new one.
async fn usable(deploy: &Deploy, client: &Client, terminal: &Terminal) -> Outcome<Option<Stack>> {
    let stack = Stack::find(&deploy.stack_name, client).await?;
    match stack {
        Some(stack) if stack.status == "ROLLBACK_COMPLETE" => {
            let note =
                format!("deleting `{}`, whose creation had failed and was rolled back", deploy.stack_name);
            terminal.line(terminal.paint(Tone::Faint, &note))?;
            let mut progress = Progress::of(&stack.id, progress::Widths::default(), client).await?;
            stack.delete(client).await?;
            progress.follow(client, terminal).await?;
            match progress.status.as_str() {
                "DELETE_COMPLETE" => Ok(None),
                status => {
                    Err(Failure::told(format!("`{}` can't be deleted: it is {status}", deploy.stack_name)))
                }
            }
        }
        other => Ok(other),
    }
}
