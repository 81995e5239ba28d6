//! Large pages for the memory of a hash. Handing over 4 KiB after 4 KiB takes the kernel a
//! third of a hash (docs/performance.md).
#![allow(
    unsafe_code,
    reason = "madvise(2) has no safe interface, since other advice than this frees memory"
)]

use rustix::mm::{Advice, madvise};

/// Bytes of a large page.
const HUGE_PAGE: usize = 2 << 20;

/// Asks the kernel for large pages for the memory that `buffer` has reserved. To be called
/// before anything is written there: the kernel doesn't change its mind soon.
///
/// Asks for nothing where the memory holds no large page, and ignores a refusal.
pub(crate) fn advise<T>(buffer: &mut Vec<T>) {
    let start = buffer.as_mut_ptr().cast::<u8>();
    let bytes = buffer.capacity() * size_of::<T>();
    let before = start.align_offset(HUGE_PAGE);
    let within = bytes.saturating_sub(before) / HUGE_PAGE * HUGE_PAGE;
    if within == 0 {
        return;
    }
    let aligned = start.wrapping_add(before).cast();
    // SAFETY: the range lies within the buffer, which is borrowed mutably, and this advice
    // neither changes nor frees what is in it.
    let _ = unsafe { madvise(aligned, within, Advice::LinuxHugepage) };
}

#[cfg(test)]
mod tests {
    use super::{HUGE_PAGE, advise};

    /// Whether the kernel has the advice for the memory at `address`, by smaps of proc(5).
    fn is_advised(address: usize) -> bool {
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut is_here = false;
        for line in maps.lines() {
            if let Some(flags) = line.strip_prefix("VmFlags:") {
                if is_here {
                    return flags.split_whitespace().any(|flag| flag == "hg");
                }
            } else if let Some((start, rest)) = line.split_once('-') {
                let end = rest.split(' ').next().unwrap();
                let parsed = |text| usize::from_str_radix(text, 16).ok();
                if let (Some(start), Some(end)) = (parsed(start), parsed(end)) {
                    is_here = (start..end).contains(&address);
                }
            }
        }
        panic!("no memory is mapped at {address:x}");
    }

    #[test]
    fn the_kernel_is_asked_for_large_pages_where_the_memory_holds_some() {
        // So large that malloc never takes memory for it that was used before.
        let mut buffer: Vec<u64> = Vec::with_capacity(32 * HUGE_PAGE / 8);
        let middle = buffer.as_ptr().addr() + 16 * HUGE_PAGE;
        assert!(!is_advised(middle));
        advise(&mut buffer);
        let is_known = std::fs::exists("/sys/kernel/mm/transparent_hugepage").unwrap();
        assert_eq!(is_advised(middle), is_known);
        advise(&mut Vec::<u64>::new());
        advise(&mut vec![0_u8; 5000]);
    }
}
