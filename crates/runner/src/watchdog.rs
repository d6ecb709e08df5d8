//! Ends the children of functions when the server dies, however it dies.
//!
//! A function's own process gets the kernel's death signal, but what it has started doesn't. So a tiny shell waits for
//! the end of a pipe that only the server holds, and then kills every process group that it was told of. It is needed
//! for plain processes only: a sandbox's process namespace ends as a whole.

use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::sys;

/// `+ N` remembers a group, `- N` forgets it; at the end of the input all that are left are killed.
const SCRIPT: &str = r#"
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="${groups%% $group *} ${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
"#;

#[derive(Default)]
pub(crate) struct Watchdog(Mutex<State>);

#[derive(Default)]
struct State {
    shell: Option<(Child, ChildStdin)>,
    groups: Vec<u32>,
}

impl Watchdog {
    pub fn watch(&self, group: u32) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.groups.push(group);
        if state.tell('+', group).is_err() {
            // Somebody killed it, or it is the first time: a new one hears of all that live.
            state.start()?;
            for group in state.groups.clone() {
                state.tell('+', group)?;
            }
        }
        Ok(())
    }

    pub fn forget(&self, group: u32) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.groups.len();
        state.groups.retain(|&known| known != group);
        if state.groups.len() == before {
            return;
        }
        if let Err(error) = state.tell('-', group) {
            tracing::debug!(%error, group, "the watchdog could not be told; the next function starts a new one");
            state.stop();
        }
    }
}

impl State {
    fn tell(&mut self, sign: char, group: u32) -> io::Result<()> {
        let (_, input) = self.shell.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        input.write_all(format!("{sign} {group}\n").as_bytes())
    }

    fn start(&mut self) -> io::Result<()> {
        self.stop();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "stepwell-watchdog"]).env_clear().current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        sys::detach(&mut command);
        let mut shell = command.spawn()?;
        let input = shell.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        self.shell = Some((shell, input));
        Ok(())
    }

    fn stop(&mut self) {
        if let Some((mut shell, input)) = self.shell.take() {
            drop(input);
            // It ends at once now that its input has: nothing here waits for long.
            if let Err(error) = shell.wait() {
                tracing::debug!(%error, "waiting for the watchdog");
            }
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn sleeper() -> Child {
        let mut command = Command::new("sleep");
        command.arg("1000").stdin(Stdio::null());
        sys::detach(&mut command);
        command.spawn().unwrap()
    }

    #[test]
    fn what_is_watched_dies_at_the_end_and_what_was_forgotten_lives() {
        let mut processes: Vec<Child> = (0..4).map(|_| sleeper()).collect();
        let watchdog = Watchdog::default();
        processes.iter().for_each(|process| watchdog.watch(process.id()).unwrap());
        // The first, a middle one, and one that was never known.
        watchdog.forget(processes[0].id());
        watchdog.forget(processes[2].id());
        watchdog.forget(u32::MAX);
        drop(watchdog);
        for watched in [1, 3] {
            assert_eq!(processes[watched].wait().unwrap().signal(), Some(libc::SIGKILL));
        }
        for forgotten in [0, 2] {
            assert!(processes[forgotten].try_wait().unwrap().is_none());
            processes[forgotten].kill().unwrap();
            processes[forgotten].wait().unwrap();
        }
    }

    #[test]
    fn a_killed_watchdog_is_replaced_and_knows_everybody() {
        let (mut first, mut second) = (sleeper(), sleeper());
        let watchdog = Watchdog::default();
        watchdog.watch(first.id()).unwrap();
        {
            let mut state = watchdog.0.lock().unwrap();
            let (shell, _) = state.shell.as_mut().unwrap();
            shell.kill().unwrap();
            shell.wait().unwrap();
        }
        watchdog.watch(second.id()).unwrap();
        drop(watchdog);
        assert_eq!(first.wait().unwrap().signal(), Some(libc::SIGKILL));
        assert_eq!(second.wait().unwrap().signal(), Some(libc::SIGKILL));
    }
}
