// One service on its way through the stream: the state of Delivery's coroutine for it. Private to the
// module.
#pragma once
#include <set>
#include <unordered_map>

#include "appservices/delivery.hpp"

namespace kuramori::appservices {

struct Delivery::Transaction {
  std::string id = {};  // empty: none is under way
  StreamPosition up_to = {};
  std::vector<StreamPosition> positions = {};
  std::string events_text = {};   // members of `events`; empty until they are rendered, or there are none
  std::string notices_text = {};  // members of `ephemeral`; of memory alone
  bool is_rendered = false;
  std::size_t events = 0;
  bool is_empty() const { return events == 0 && notices_text.empty(); }
  std::string body(const Registration& service) const;
};

struct Delivery::Worker {
  Worker(const Services& services, const Registration& registration, const Ports& ports,
         const Options& options);

  const Registration& service;
  Interest interest;
  NoticeQueue notices;
  Counter& delivered;
  Counter& notices_delivered;
  Counter& notices_dropped;
  Counter& transactions;
  Counter& failures;
  Gauge& waiting;
  std::shared_ptr<runtime::Wakeup> wakeup = std::make_shared<runtime::Wakeup>();
  // Of the worker's coroutine alone.
  bool is_loaded = false;
  StreamPosition received;
  StreamPosition saved;
  Transaction transaction;
  Milliseconds wait{0};
  // What the policy refused of what is not kept, and until when it is not asked again.
  std::unordered_map<std::string, SteadyTime> refused;
  // Of everybody.
  std::mutex mutex;
  DeliveryStatus status;
  bool is_waiting_after_failure = false;
  std::set<StreamPosition> under_way;  // events of the transaction under way
  bool is_outdated = false;            // one of them was redacted meanwhile
};

}  // namespace kuramori::appservices
