//! Huge pages for the memory of a hash. Without them the kernel maps 4 KiB at a time, which takes
//! a third of the time of a hash (docs/performance.md).
#![allow(
    unsafe_code,
    reason = "madvise(2) has no safe interface, since other kinds of advice free memory"
)]

use rustix::mm::{Advice, madvise};

/// The size of a huge page, in bytes.
const HUGE_PAGE: usize = 2 << 20;

/// Asks the kernel for huge pages in the capacity of `buffer`. Call it before the first write,
/// since the kernel rarely changes pages that exist.
///
/// Does nothing if the memory has no room for a huge page, and ignores a refusal.
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
    // neither changes nor frees its content.
    let _ = unsafe { madvise(aligned, within, Advice::LinuxHugepage) };
}

#[cfg(test)]
mod tests {
    use super::{HUGE_PAGE, advise};

    /// Returns whether the kernel has the advice for `address`, according to smaps in proc(5).
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
    fn large_buffers_get_the_advice() {
        // So large that malloc never reuses memory for it.
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
