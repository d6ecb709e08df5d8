//! Open files: a connection is one, and so is each of the store's tables. If connections took all, the store could not write.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections at a time, where the host allows it.
const MOST_CONNECTIONS: u64 = 8192;
/// Files for everything else: tables, journals, posts, functions.
const OTHERS: u64 = 2048;

/// Asks for as many files as the host lets this process have; says how many connections there can be.
pub fn connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = MOST_CONNECTIONS + OTHERS;
    let (current, maximum) = (limit.current.unwrap_or(u64::MAX), limit.maximum.unwrap_or(u64::MAX));
    let files = wanted.min(maximum).max(current);
    let raised = Rlimit { current: Some(files), maximum: limit.maximum };
    let files = match files > current && setrlimit(Resource::Nofile, raised).is_err() {
        true => current,
        false => files,
    };
    let connections = among(files);
    if connections < MOST_CONNECTIONS {
        tracing::info!("{connections} connections at a time: this process may open {files} files");
    }
    usize::try_from(connections).unwrap_or(usize::MAX)
}

/// At least half of the files are kept for others where there are few.
fn among(files: u64) -> u64 {
    files.saturating_sub(OTHERS).max(files / 2).clamp(1, MOST_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_rest() {
        for (files, expected) in
            [(0, 1), (256, 128), (1024, 512), (8192, 6144), (10_240, 8192), (1 << 20, 8192)]
        {
            assert_eq!(among(files), expected, "{files}");
        }
    }
}
