#pragma once

#include <functional>
#include <utility>

#include "app/live_loop.h"
#include "base/result.h"
#include "postgres/worker_pool.h"

namespace freshet::app {

// Asks the database one of the gateway's own questions on lane kService; `answer` runs on the loop's thread,
// exactly once unless the loop has stopped. A connection on which a question failed is not used again.
template <class T>
void ask_database(postgres::WorkerPool& pool, LiveLoop& loop,
                  std::function<base::Result<T>(postgres::ServiceSession&)> question,
                  std::function<void(base::Result<T>)> answer) {
  auto shared = std::make_shared<std::function<void(base::Result<T>)>>(std::move(answer));
  const auto reply = [&loop, shared](base::Result<T> result) {
    loop.post([shared, result = std::move(result)]() mutable { (*shared)(std::move(result)); });
  };
  postgres::Job job;
  job.expires = pool.clock().now() + std::chrono::seconds(10);
  job.run = [question = std::move(question), reply](postgres::Worker& worker) {
    base::Result<T> result = question(worker.service());
    if (!result) worker.service().condemn();
    reply(std::move(result));
  };
  job.fail = [reply](base::Error error) { reply(std::move(error)); };
  pool.submit(postgres::Lane::kService, std::move(job));
}

}  // namespace freshet::app
