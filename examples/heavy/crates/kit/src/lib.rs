//! What the libraries share: numbers to work on, and the macro that makes a hundred functions out of one.

/// A function that works on `rounds` numbers and returns a checksum of what it did.
pub type Step = fn(rounds: u64) -> u64;

/// Runs every step and adds up the checksums.
pub fn run(steps: &[Step], rounds: u64) -> u64 {
    steps.iter().fold(0, |sum, step| mix(sum ^ step(rounds)))
}

/// The same numbers on every machine (splitmix64).
pub fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `steps!(step; 0 1 2)`: a table of `Step` with one copy of the generic function `step::<N>` for each number given.
/// The compiler optimises every copy on its own, which is what costs the memory.
#[macro_export]
macro_rules! steps {
    ($step:ident; $($number:literal)*) => {
        /// One entry for each copy.
        pub static STEPS: &[$crate::Step] = &[$($step::<$number>),*];
    };
}
