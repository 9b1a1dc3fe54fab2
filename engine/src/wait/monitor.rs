//! Waiting for a store to one cache line, by the instructions that programs may use for it.
//!
//! Intel's UMONITOR and UMWAIT (Software Developer's Manual, volume 2, "UMONITOR" and "UMWAIT")
//! and AMD's MONITORX and MWAITX (Architecture Programmer's Manual, volume 3, same headings). Both
//! work in two steps: name the line, then wait until it is written. A store between the two is
//! remembered and ends the wait at once, so who looks at the line in between misses nothing.
//!
//! Every wait is bounded, so nothing depends on the line being the right one: a thread that is to
//! stop, or that has something else to do, looks around after [`LIMIT_CYCLES`] at the latest.
#![allow(unsafe_code)] // Instructions without a stable intrinsic.

use std::fmt;

use crate::sync::Line;

/// The longest wait, in cycles of the time-stamp counter: 10 to 20 us on today's processors.
#[cfg(target_arch = "x86_64")]
const LIMIT_CYCLES: u32 = 40_000;

/// The instructions to wait with. There is a value only where the processor has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Monitor(Instructions);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Umwait,
    #[cfg(target_arch = "x86_64")]
    Mwaitx,
}

impl fmt::Display for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Instructions::Umwait => f.write_str("UMWAIT"),
            #[cfg(target_arch = "x86_64")]
            Instructions::Mwaitx => f.write_str("MWAITX"),
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
impl Monitor {
    pub(crate) fn of_this_processor() -> Option<Self> {
        None
    }

    pub(crate) fn arm(self, _line: Line<'_>) {
        match self.0 {}
    }

    pub(crate) fn wait(self) {
        match self.0 {}
    }
}

#[cfg(target_arch = "x86_64")]
impl Monitor {
    /// What CPUID says: WAITPKG is leaf 7, ECX bit 5; MONITORX is leaf 8000_0001h, ECX bit 29.
    pub(crate) fn of_this_processor() -> Option<Self> {
        use std::arch::x86_64::__cpuid_count as cpuid;
        let ecx = |leaf, first| {
            let known = cpuid(first, 0).eax >= leaf;
            if known { cpuid(leaf, 0).ecx } else { 0 }
        };
        let waitpkg = ecx(7, 0) & 1 << 5 != 0;
        let monitorx = ecx(0x8000_0001, 0x8000_0000) & 1 << 29 != 0;
        let instructions = waitpkg.then_some(Instructions::Umwait);
        instructions.or(monitorx.then_some(Instructions::Mwaitx)).map(Self)
    }

    /// Names the line. Look at it after this, and call [`wait`](Self::wait) if it is unchanged.
    #[inline]
    pub(crate) fn arm(self, line: Line<'_>) {
        let address = line.address();
        match self.0 {
            // SAFETY: the processor has the instruction, or there would be no value of this type.
            // It only reads, at an address that is valid while `line` lives. Memory is clobbered,
            // so no load of the caller's moves up across it.
            Instructions::Umwait => unsafe {
                std::arch::asm!("umonitor {0}", in(reg) address, options(nostack, preserves_flags));
            },
            // SAFETY: as above. ECX and EDX must be 0: no extension and no hint.
            Instructions::Mwaitx => unsafe {
                std::arch::asm!("monitorx", in("rax") address, in("ecx") 0, in("edx") 0,
                    options(nostack, preserves_flags));
            },
        }
    }

    /// Waits until the line that was last armed is written, at most [`LIMIT_CYCLES`]. Returns
    /// early at times: look again.
    #[inline]
    pub(crate) fn wait(self) {
        match self.0 {
            Instructions::Umwait => {
                // SAFETY: every x86-64 processor has the counter.
                let now = unsafe { std::arch::x86_64::_rdtsc() };
                let until = now + u64::from(LIMIT_CYCLES);
                let (high, low) = ((until >> 32) as u32, until as u32);
                // SAFETY: the processor has the instruction. It changes nothing but the flags.
                // Bit 0 of its operand asks for C0.1, the state that is left faster.
                unsafe {
                    std::arch::asm!("umwait {0:e}", in(reg) 1, in("edx") high, in("eax") low,
                        options(nostack));
                }
            }
            // SAFETY: the processor has the instruction, which changes nothing but the counts
            // it is given. Bit 1 of ECX says that EBX is a time limit; EAX = F0h asks for C0. RBX
            // belongs to the compiler and is put back.
            Instructions::Mwaitx => unsafe {
                std::arch::asm!("xchg {0:r}, rbx", "mwaitx", "xchg {0:r}, rbx",
                    inout(reg) u64::from(LIMIT_CYCLES) => _,
                    inout("eax") 0xF0 => _, inout("ecx") 2 => _,
                    options(nostack, preserves_flags));
            },
        }
    }
}
