//! How much memory a function uses, with everything that it started.
//!
//! A resource limit bounds each process for itself and has to leave room for what an interpreter reserves but never
//! touches. MemorySize is about what is really used, by all of them together, so that is looked at while they run.

/// A function that starts more than this many processes isn't counted further.
const MAX_PROCESSES: usize = 64;

/// A process and its descendants. Under a sandbox the function is not the process that we started, but one below.
struct Tree(Vec<u32>);

/// The largest peak of a single process, which for most functions is the only one.
pub(crate) fn peak_kb(root: u32) -> u64 {
    Tree::of(root).0.iter().filter_map(|&process| field_kb(&status(process)?, "VmHWM:")).max().unwrap_or(0)
}

/// Whether they hold more than `limit_kb` of memory of their own, files and libraries not counted.
pub(crate) fn is_beyond(root: u32, limit_kb: u64) -> bool {
    let tree = Tree::of(root);
    // Cheap, but counts what processes share after a fork once for each.
    let with_shared = tree.sum_kb(|process| {
        let status = status(process)?;
        Some(field_kb(&status, "RssAnon:")? + field_kb(&status, "RssShmem:")?)
    });
    if with_shared <= limit_kb {
        return false;
    }
    let proportional = tree.sum_kb(|process| {
        let sums = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
        Some(field_kb(&sums, "Pss_Anon:")? + field_kb(&sums, "Pss_Shmem:")?)
    });
    // Where the kernel doesn't tell, the first sum has to do.
    proportional == 0 || proportional > limit_kb
}

impl Tree {
    fn of(root: u32) -> Tree {
        let mut found = vec![root];
        let mut next = 0;
        while let Some(&process) = found.get(next) {
            next += 1;
            if let Ok(children) = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"))
            {
                found.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
            }
            if found.len() > MAX_PROCESSES {
                break;
            }
        }
        Tree(found)
    }

    fn sum_kb(&self, of_process: impl Fn(u32) -> Option<u64>) -> u64 {
        self.0.iter().filter_map(|&process| of_process(process)).sum()
    }
}

fn status(process: u32) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{process}/status")).ok()
}

fn field_kb(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_some_memory_and_not_all() {
        let own = std::process::id();
        assert!(peak_kb(own) > 100);
        assert!(is_beyond(own, 10));
        assert!(!is_beyond(own, 100 * 1024 * 1024));
        assert_eq!((peak_kb(u32::MAX), is_beyond(u32::MAX, 0)), (0, false));
    }
}
