//! Prints one line that depends on every function of its libraries.

fn main() {
    let mut sum = 0;
    sum ^= heavy_kit::run(heavy_texts::STEPS, 200);
    println!("heavy-digest {sum:016x}");
}
