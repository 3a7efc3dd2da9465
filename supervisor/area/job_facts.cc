#include "supervisor/area/job_facts.h"

namespace memguard::supervisor {

void JobFacts::set(std::uint16_t class_index, std::string_view program_name, const job::Description& job,
                   const job::Inputs& inputs) {
  job_class = class_index;
  program.set(program_name);
  package.set(job.package);
  crate.set(job.crate);
  output.set(job.output);
  will_link = job.will_link;
  of_build_script = job.of_build_script;
  name.set(job.unit.name);
  version.set(job.unit.version);
  kind.set(job.unit.kind);
  profile.set(job.unit.profile);
  target.set(job.unit.target);
  compiler.set(job.unit.compiler);
  objects = inputs.objects;
  sources = inputs.sources;
}

void JobFacts::inherit(const JobFacts& rustc) {
  kind = rustc.kind;
  profile = rustc.profile;
  target = rustc.target;
  compiler = rustc.compiler;
}

job::Unit JobFacts::unit(std::string_view class_name) const {
  return {.job_class = std::string(class_name),
          .name = std::string(name.view()),
          .version = std::string(version.view()),
          .kind = std::string(kind.view()),
          .profile = std::string(profile.view()),
          .target = std::string(target.view()),
          .compiler = std::string(compiler.view())};
}

}  // namespace memguard::supervisor
