print("consim")
