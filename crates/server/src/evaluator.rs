//! Evaluates expressions of JSONata that take longer than a command may, out of the writer's way.
//!
//! One thread, since these are strangers' loops: it shares a core with everyone, and no two of them fill the machine. Each
//! ends within the limits that the language's bridge sets, and the writer has a bounded number of them out at a time.

use crate::inbox::Inbox;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use stepwell_asl::jsonata::Evaluation;

/// An evaluation and the number under which its verdict is awaited.
pub type Numbered = (u64, Box<Evaluation>);

/// Starts the thread. It ends when nobody can hand it anything any more.
///
/// # Errors
/// If the host gives no thread.
pub fn start(inbox: Arc<Inbox>) -> std::io::Result<(Sender<Numbered>, JoinHandle<()>)> {
    let (hand_out, to_perform) = channel();
    let thread = std::thread::Builder::new().name("evaluator".to_owned());
    Ok((hand_out, thread.spawn(move || perform(&to_perform, &inbox))?))
}

fn perform(to_perform: &Receiver<Numbered>, inbox: &Inbox) {
    while let Ok((id, evaluation)) = to_perform.recv() {
        inbox.evaluated(id, evaluation.perform());
    }
}
