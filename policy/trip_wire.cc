#include "policy/trip_wire.h"

#include <cmath>

namespace memguard::policy {
namespace {

/// Since when `now` has been true without a break.
bool lasts(std::optional<Instant>& since, bool now, Instant at, Duration patience) {
  if (!now) since.reset();
  if (now && !since) since = at;
  return since && at - *since >= patience;
}

bool near_enough(Bytes told, Bytes wanted, double grain) {
  if (told.is_unlimited() || wanted.is_unlimited()) return told == wanted;
  return std::abs((told - wanted).real()) <= grain * wanted.real();
}

}  // namespace

std::optional<Bytes> TripWire::step(const View& view, const TripSigns& signs, const Settings& settings) {
  if (view.limit.is_unlimited()) return std::nullopt;
  const Bytes wire = settings.trip_wire * view.limit;
  const bool off = must_be_off(view, signs, wire, settings);
  if (off) off_at_ = view.at;
  const bool too_soon = off_at_ && view.at - *off_at_ < settings.pressure_window;
  if (!off && told_ && high().is_unlimited() && too_soon) return std::nullopt;
  const Bytes wanted = off ? Bytes::unlimited() : wire;
  // A wire above a limit that fell is no wire: it moves whatever the grain says.
  if (told_ && near_enough(*told_, wanted, settings.trip_grain) && (off || *told_ <= view.limit)) return std::nullopt;
  told_ = wanted;
  return wanted;
}

bool TripWire::must_be_off(const View& view, const TripSigns& signs, Bytes wire, const Settings& settings) {
  const bool near = view.used > wire - settings.trip_grain * view.limit;
  const bool above = lasts(above_since_, view.used > wire, view.at, settings.pressure_window);
  const bool hit = lasts(hit_since_, signs.hit && near, view.at, settings.pressure_window);
  // Once off it stays off until memory is well below: putting it under what is used would throttle at once.
  const bool still = told_ && high().is_unlimited() && near;
  return signs.running_families <= 1 || above || hit || still;
}

}  // namespace memguard::policy
