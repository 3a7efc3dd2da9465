//! Prints one line that depends on every function of its libraries.

fn main() {
    let mut sum = 0;
    sum ^= heavy_kit::run(heavy_tables::STEPS, 200);
    sum ^= heavy_kit::run(heavy_sorts::STEPS, 200);
    println!("heavy-catalogue {sum:016x}");
}
